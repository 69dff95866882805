"""An appointment is ended once, or comes to its day; nothing else of it changes, and none is deleted."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_appointment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending CONSTANT text[] := ARRAY['until', 'ended_at', 'ended_by_id', 'end_reason'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
       OR (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending)
       OR NEW.until > OLD.until
    THEN
        RAISE EXCEPTION 'an appointment is only ever ended, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appointment_guard BEFORE UPDATE OR DELETE ON tasks_appointment
    FOR EACH ROW EXECUTE FUNCTION tasks_appointment_guard();
"""
UNDO = "DROP TRIGGER appointment_guard ON tasks_appointment; DROP FUNCTION tasks_appointment_guard();"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0122_appointments")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
