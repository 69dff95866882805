"""A submitted report on a project cannot be changed, whoever asks."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_projectversion_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled_in text[] := ARRAY['decision','decided_at','decided_by_id','decision_note'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submitted report is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' THEN
        RAISE EXCEPTION 'a decided report is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - filled_in) IS DISTINCT FROM (to_jsonb(OLD) - filled_in) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projectversion_guard BEFORE UPDATE OR DELETE ON tasks_projectversion
    FOR EACH ROW EXECUTE FUNCTION tasks_projectversion_guard();
"""
UNDO = """
DROP TRIGGER projectversion_guard ON tasks_projectversion;
DROP FUNCTION tasks_projectversion_guard();
"""


class Migration(migrations.Migration):

    dependencies = [("tasks", "0063_projects")]

    operations = [migrations.RunSQL(GUARD, UNDO)]
