"""A granted extension is revoked once, and a request for more is taken back once; nothing else of them changes."""

from django.db import migrations

EXTENSION = """
CREATE OR REPLACE FUNCTION tasks_extension_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY['state', 'decided_at', 'decided_by_id', 'decision_note'];
    revoked CONSTANT text[] := ARRAY['state', 'revoked_at', 'revoked_by_id', 'revoke_reason'];
BEGIN
    IF TG_OP <> 'DELETE' THEN
        IF OLD.state = 'asked' AND (to_jsonb(NEW) - decided) IS NOT DISTINCT FROM (to_jsonb(OLD) - decided) THEN
            RETURN NEW;
        END IF;
        IF OLD.state = 'granted' AND NEW.state = 'revoked'
           AND (to_jsonb(NEW) - revoked) IS NOT DISTINCT FROM (to_jsonb(OLD) - revoked)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'an extension is only ever decided, once, and revoked, once' USING ERRCODE = 'restrict_violation';
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION tasks_extension_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""
SUPPLEMENT = """
CREATE FUNCTION tasks_supplement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    undone CONSTANT text[] := ARRAY['undone_at', 'undone_by_id', 'undo_reason'];
BEGIN
    IF OLD.undone_at IS NOT NULL OR (to_jsonb(NEW) - undone) IS DISTINCT FROM (to_jsonb(OLD) - undone) THEN
        RAISE EXCEPTION 'a request for more is only ever taken back, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER supplement_guard ON tasks_supplement;
CREATE TRIGGER supplement_guard BEFORE UPDATE ON tasks_supplement
    FOR EACH ROW EXECUTE FUNCTION tasks_supplement_guard();
"""
SUPPLEMENT_BEFORE = """
DROP TRIGGER supplement_guard ON tasks_supplement;
CREATE TRIGGER supplement_guard BEFORE UPDATE ON tasks_supplement
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
DROP FUNCTION tasks_supplement_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0161_ways_back")]
    operations = [
        migrations.RunSQL(EXTENSION, BEFORE),
        migrations.RunSQL(SUPPLEMENT, SUPPLEMENT_BEFORE),
    ]
