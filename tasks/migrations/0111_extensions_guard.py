"""An extension is decided once; nothing else of it changes, and none is deleted."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tasks_extension_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY['state', 'decided_at', 'decided_by_id', 'decision_note'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'asked'
       OR (to_jsonb(NEW) - decided) IS DISTINCT FROM (to_jsonb(OLD) - decided)
    THEN
        RAISE EXCEPTION 'an extension is only ever decided, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER extension_guard BEFORE UPDATE OR DELETE ON tasks_extension
    FOR EACH ROW EXECUTE FUNCTION tasks_extension_guard();
"""
UNDO = "DROP TRIGGER extension_guard ON tasks_extension; DROP FUNCTION tasks_extension_guard();"


class Migration(migrations.Migration):
    dependencies = [("tasks", "0110_extensions")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
