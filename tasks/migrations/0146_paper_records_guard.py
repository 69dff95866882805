"""What was signed on paper and recorded is never changed."""

from django.db import migrations

GUARD = """
CREATE TRIGGER paperoffer_guard BEFORE UPDATE OR DELETE ON tasks_paperoffer
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER paperrecord_guard BEFORE UPDATE OR DELETE ON tasks_paperrecord
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""

UNDO = """
DROP TRIGGER paperrecord_guard ON tasks_paperrecord;
DROP TRIGGER paperoffer_guard ON tasks_paperoffer;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0145_paper_records")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
