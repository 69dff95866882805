"""A reassignment is ended once; nothing else of it changes, and none is deleted. Whoever was given tasks until now is limited
to them, as before."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_reassignment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ended CONSTANT text[] := ARRAY['ended_at', 'ended_by_id', 'end_reason'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR (to_jsonb(NEW) - ended) IS DISTINCT FROM (to_jsonb(OLD) - ended)
    THEN
        RAISE EXCEPTION 'a reassignment is only ever ended, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reassignment_guard BEFORE UPDATE OR DELETE ON tasks_reassignment
    FOR EACH ROW EXECUTE FUNCTION tasks_reassignment_guard();
"""
UNDO = "DROP TRIGGER reassignment_guard ON tasks_reassignment; DROP FUNCTION tasks_reassignment_guard();"
LIMITS = """
INSERT INTO tasks_assignmentlimit (user_id, plan_id, agency_id)
SELECT DISTINCT given.user_id, task.plan_id, given.agency_id
FROM tasks_assignment given JOIN tasks_task task ON task.id = given.task_id
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0156_reassignments")]
    operations = [
        migrations.RunSQL(GUARD, UNDO),
        migrations.RunSQL(LIMITS, migrations.RunSQL.noop),
    ]
