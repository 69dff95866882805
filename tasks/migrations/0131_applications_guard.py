"""What was applied for is never changed: the office's opinion on it and the decision alone are filled in, and only while
nothing is decided. Files go only until then."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION tasks_adjustment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled CONSTANT text[] := ARRAY['state','decided_at','decided_by_id','decision_note',
                                    'opinion','agrees','opinion_by_id','opinion_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an adjustment is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'a decided adjustment is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - filled) IS DISTINCT FROM (to_jsonb(OLD) - filled) THEN
        RAISE EXCEPTION 'what was proposed is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION tasks_adjustment_file_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a file of an application is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (SELECT state FROM tasks_adjustment WHERE id = OLD.adjustment_id) <> 'proposed' THEN
        RAISE EXCEPTION 'a file of a decided application is kept' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER adjustment_file_guard BEFORE UPDATE OR DELETE ON tasks_adjustmentfile
    FOR EACH ROW EXECUTE FUNCTION tasks_adjustment_file_guard();
"""

UNDO = """
DROP TRIGGER adjustment_file_guard ON tasks_adjustmentfile;
DROP FUNCTION tasks_adjustment_file_guard();
CREATE OR REPLACE FUNCTION tasks_adjustment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0130_applications")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
