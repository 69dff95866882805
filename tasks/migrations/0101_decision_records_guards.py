"""Decisions are append-only rows, and a version carries the last one: only a record can set it. Decisions that were made
before get their record. A version is withdrawn once, while nothing was decided on it."""

from django.db import migrations

DECIDED = (
    "decision",
    "decided_at",
    "decided_by_id",
    "verified_light",
    "verification",
    "decision_note",
    "field_notes",
    "answer_by",
)
COLUMNS = ", ".join(DECIDED)
OF_RECORD = (
    "NEW.decision, CASE WHEN NEW.decision <> '' THEN NEW.decided_at END, "
    "CASE WHEN NEW.decision <> '' THEN NEW.decided_by_id END, NEW.verified_light, NEW.verification, "
    "NEW.decision_note, NEW.field_notes, NEW.answer_by"
)
NAMES = ", ".join(f"'{name}'" for name in DECIDED)
WITHDRAWN = "'withdrawn_at', 'withdrawn_by_id', 'withdrawal_reason'"

KEEP = f"""
INSERT INTO tasks_decisionrecord (version_id, kind, reason, {COLUMNS})
SELECT id, 'decided', '', {COLUMNS} FROM tasks_version WHERE decision <> '' ORDER BY decided_at, id;
SET CONSTRAINTS ALL IMMEDIATE;
"""  # noqa: S608 — made of constants

GUARD = f"""
CREATE OR REPLACE FUNCTION tasks_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY[{NAMES}];
    withdrawn CONSTANT text[] := ARRAY[{WITHDRAWN}];
    before CONSTANT jsonb := to_jsonb(OLD);
    after CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submitted version is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (after - decided - withdrawn) IS DISTINCT FROM (before - decided - withdrawn) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (after - withdrawn) IS DISTINCT FROM (before - withdrawn) AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a decision is set by its record alone' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (after - decided) IS DISTINCT FROM (before - decided)
       AND (OLD.withdrawn_at IS NOT NULL OR OLD.decision <> '')
    THEN
        RAISE EXCEPTION 'a version is withdrawn once, before it is decided' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION tasks_decision_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tasks_version SET ({COLUMNS}) = ROW({OF_RECORD})
    WHERE id = NEW.version_id AND ({COLUMNS}) IS DISTINCT FROM ({OF_RECORD});
    RETURN NULL;
END $$;
CREATE TRIGGER decision_in_force AFTER INSERT ON tasks_decisionrecord
    FOR EACH ROW EXECUTE FUNCTION tasks_decision_in_force();
CREATE TRIGGER decisionrecord_guard BEFORE UPDATE OR DELETE ON tasks_decisionrecord
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();

-- A version that comes with its decision, as from an import, gets the record of it.
CREATE FUNCTION tasks_decision_of_import() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tasks_decisionrecord (version_id, kind, reason, {COLUMNS})
    VALUES (NEW.id, 'decided', '', {", ".join(f"NEW.{name}" for name in DECIDED)});
    RETURN NULL;
END $$;
CREATE TRIGGER decision_of_import AFTER INSERT ON tasks_version
    FOR EACH ROW WHEN (NEW.decision <> '') EXECUTE FUNCTION tasks_decision_of_import();
"""  # noqa: S608 — made of constants

UNDO = f"""
DROP TRIGGER decision_of_import ON tasks_version;
DROP FUNCTION tasks_decision_of_import();
DROP TRIGGER decisionrecord_guard ON tasks_decisionrecord;
DROP TRIGGER decision_in_force ON tasks_decisionrecord;
DROP FUNCTION tasks_decision_in_force();
CREATE OR REPLACE FUNCTION tasks_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY[{NAMES}];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submitted version is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' THEN
        RAISE EXCEPTION 'a decided version is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - decided) IS DISTINCT FROM (to_jsonb(OLD) - decided) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0100_decision_records")]
    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, UNDO),
    ]
