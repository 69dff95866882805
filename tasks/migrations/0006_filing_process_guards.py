"""The decision on a version carries its notes and its date; what surrounds a return is append-only as the return is."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION tasks_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided CONSTANT text[] := ARRAY[{decided}];
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
DECIDED = "'decision','decided_at','decided_by_id','verified_light','verification','decision_note'"

APPEND_ONLY = ("adoptedpiece", "package", "supplement", "termreview")
TRIGGERS = "".join(
    f"CREATE TRIGGER {name}_guard BEFORE UPDATE OR DELETE ON tasks_{name} "
    "FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();\n"
    for name in APPEND_ONLY
)

# A reopening may be ended early, once; nothing else of it changes.
REOPENING = """
CREATE FUNCTION tasks_reopening_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR (to_jsonb(NEW) - ARRAY['ended_at','ended_by_id']) IS DISTINCT FROM
          (to_jsonb(OLD) - ARRAY['ended_at','ended_by_id'])
    THEN
        RAISE EXCEPTION 'a reopening is only ever ended' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reopening_guard BEFORE UPDATE OR DELETE ON tasks_reopening
    FOR EACH ROW EXECUTE FUNCTION tasks_reopening_guard();
"""
UNDO = "".join(f"DROP TRIGGER {name}_guard ON tasks_{name};\n" for name in (*APPEND_ONLY, "reopening"))


class Migration(migrations.Migration):
    dependencies = [("tasks", "0005_filing_process")]
    operations = [
        migrations.RunSQL(
            GUARD.format(decided=DECIDED + ",'field_notes','answer_by'"), GUARD.format(decided=DECIDED)
        ),
        migrations.RunSQL(
            TRIGGERS + REOPENING, UNDO + "DROP FUNCTION tasks_reopening_guard();"
        ),
    ]
