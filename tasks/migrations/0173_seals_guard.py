"""Seals are append-only."""

from django.db import migrations

GUARD = """
CREATE TRIGGER seal_guard BEFORE UPDATE OR DELETE ON tasks_seal
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER sealed_object_guard BEFORE UPDATE OR DELETE ON tasks_sealedobject
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""
UNDO = """
DROP TRIGGER sealed_object_guard ON tasks_sealedobject;
DROP TRIGGER seal_guard ON tasks_seal;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0172_seals")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
