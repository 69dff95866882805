"""A submitted work plan, all that stands in it, and what was reported of a milestone cannot be changed, whoever asks."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_workplanversion_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled_in text[] := ARRAY['decision','decided_at','decided_by_id','decision_note'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submitted work plan is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' THEN
        RAISE EXCEPTION 'a decided work plan is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - filled_in) IS DISTINCT FROM (to_jsonb(OLD) - filled_in) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER workplanversion_guard BEFORE UPDATE OR DELETE ON tasks_workplanversion
    FOR EACH ROW EXECUTE FUNCTION tasks_workplanversion_guard();
CREATE TRIGGER workplansection_guard BEFORE UPDATE OR DELETE ON tasks_workplansection
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER measure_guard BEFORE UPDATE OR DELETE ON tasks_measure
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER milestone_guard BEFORE UPDATE OR DELETE ON tasks_milestone
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();

CREATE FUNCTION tasks_milestonereport_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled_in text[] := ARRAY['undone_at','undone_by_id','undo_reason','refuted_at','refuted_by_id','refute_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a report of a milestone is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.undone_at IS NOT NULL OR OLD.refuted_at IS NOT NULL THEN
        RAISE EXCEPTION 'a report that was taken back or refuted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - filled_in) IS DISTINCT FROM (to_jsonb(OLD) - filled_in) THEN
        RAISE EXCEPTION 'what was reported is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestonereport_guard BEFORE UPDATE OR DELETE ON tasks_milestonereport
    FOR EACH ROW EXECUTE FUNCTION tasks_milestonereport_guard();
"""

UNDO = """
DROP TRIGGER milestonereport_guard ON tasks_milestonereport;
DROP FUNCTION tasks_milestonereport_guard();
DROP TRIGGER milestone_guard ON tasks_milestone;
DROP TRIGGER measure_guard ON tasks_measure;
DROP TRIGGER workplansection_guard ON tasks_workplansection;
DROP TRIGGER workplanversion_guard ON tasks_workplanversion;
DROP FUNCTION tasks_workplanversion_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0020_workplans")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
