"""Decisions on work plans and project reports are append-only rows, as those on returns: a version carries the last one, and
only a record can set it. Decisions that were made before get their record."""

from django.db import migrations

DECIDED = ("decision", "decided_at", "decided_by_id", "decision_note")
COLUMNS = ", ".join(DECIDED)
NAMES = ", ".join(f"'{name}'" for name in DECIDED)
TABLES = {"workplan": "a submitted work plan is never deleted", "project": "a submitted report is never deleted"}


def keep(kind: str) -> str:
    return f"""
INSERT INTO tasks_{kind}decision (version_id, kind, reason, {COLUMNS})
SELECT id, 'decided', '', {COLUMNS} FROM tasks_{kind}version WHERE decision <> '' ORDER BY decided_at, id;
"""  # noqa: S608 — made of constants


def guard(kind: str, deleted: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION tasks_{kind}version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY[{NAMES}];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '{deleted}' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - decided) IS DISTINCT FROM (to_jsonb(OLD) - decided) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'a decision is set by its record alone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {kind}decision_in_force AFTER INSERT ON tasks_{kind}decision
    FOR EACH ROW EXECUTE FUNCTION tasks_ruling_in_force('tasks_{kind}version');
CREATE TRIGGER {kind}decision_guard BEFORE UPDATE OR DELETE ON tasks_{kind}decision
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""


IN_FORCE = """
CREATE FUNCTION tasks_ruling_in_force() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('UPDATE %I SET decision = $1, decided_at = $2, decided_by_id = $3, decision_note = $4 WHERE id = $5',
                   TG_ARGV[0])
    USING NEW.decision, CASE WHEN NEW.decision <> '' THEN NEW.decided_at END,
          CASE WHEN NEW.decision <> '' THEN NEW.decided_by_id END, NEW.decision_note, NEW.version_id;
    RETURN NULL;
END $$;
"""


def undo(kind: str, deleted: str) -> str:
    return f"""
DROP TRIGGER {kind}decision_guard ON tasks_{kind}decision;
DROP TRIGGER {kind}decision_in_force ON tasks_{kind}decision;
CREATE OR REPLACE FUNCTION tasks_{kind}version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    filled_in text[] := ARRAY[{NAMES}];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION '{deleted}' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' THEN
        RAISE EXCEPTION 'what was decided is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - filled_in) IS DISTINCT FROM (to_jsonb(OLD) - filled_in) THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0169_decision_records_of_work_plans")]
    operations = [
        migrations.RunSQL(
            "".join(keep(kind) for kind in TABLES) + "SET CONSTRAINTS ALL IMMEDIATE;", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            IN_FORCE + "".join(guard(kind, deleted) for kind, deleted in TABLES.items()),
            "".join(undo(kind, deleted) for kind, deleted in TABLES.items())
            + "DROP FUNCTION tasks_ruling_in_force();",
        ),
    ]
