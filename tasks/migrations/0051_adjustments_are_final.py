"""What an adjustment says is never changed: only the decision on it is filled in, once. The database itself refuses."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_adjustment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an adjustment is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'a decided adjustment is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state','decided_at','decided_by_id','decision_note'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state','decided_at','decided_by_id','decision_note'])
    THEN
        RAISE EXCEPTION 'what was proposed is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER adjustment_guard BEFORE UPDATE OR DELETE ON tasks_adjustment
    FOR EACH ROW EXECUTE FUNCTION tasks_adjustment_guard();
CREATE TRIGGER adjustment_tasks_guard BEFORE UPDATE OR DELETE ON tasks_adjustment_tasks
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""

UNDO = """
DROP TRIGGER adjustment_tasks_guard ON tasks_adjustment_tasks;
DROP TRIGGER adjustment_guard ON tasks_adjustment;
DROP FUNCTION tasks_adjustment_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0050_adjustments")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
