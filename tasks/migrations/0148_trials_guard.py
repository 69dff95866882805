"""A trial counts nowhere and goes whole: whether a cycle is one never changes, a version says it of itself, and rows of a
trial, and no others, may be deleted from tables in which else nothing is."""

from django.db import migrations

# table: (its guard, the column that leads to the cycle, and by which way)
GUARDED = {
    "version": ("tasks_version_guard", "submission_id", "submission"),
    "figure": ("tasks_never_changed", "version_id", "version"),
    "versionbasis": ("tasks_never_changed", "lead_version_id", "version"),
    "adoptedpiece": ("tasks_never_changed", "lead_version_id", "version"),
    "versionevidence": ("tasks_never_changed", "version_id", "version"),
    "decisionrecord": ("tasks_never_changed", "version_id", "version"),
    "supplement": ("tasks_never_changed", "version_id", "version"),
    "paperrecord": ("tasks_never_changed", "version_id", "version"),
    "paperoffer": ("tasks_never_changed", "submission_id", "submission"),
    "sealedsheet": ("tasks_never_changed", "cycle_id", "cycle"),
    "package": ("tasks_never_changed", "cycle_id", "cycle"),
    "extension": ("tasks_extension_guard", "cycle_id", "cycle"),
    "reopening": ("tasks_reopening_guard", "cycle_id", "cycle"),
}
# What the trigger of that table is called.
NAMES = {"versionbasis": "basis_guard"}

FUNCTIONS = """
CREATE FUNCTION tasks_trial_cycle(bigint) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT COALESCE((SELECT is_trial FROM tasks_cycle WHERE id = $1), false)';
CREATE FUNCTION tasks_trial_submission(bigint) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT tasks_trial_cycle((SELECT cycle_id FROM tasks_submission WHERE id = $1))';
CREATE FUNCTION tasks_trial_version(bigint) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT tasks_trial_submission((SELECT submission_id FROM tasks_version WHERE id = $1))';

CREATE FUNCTION tasks_cycle_stays_trial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'whether a cycle is a trial never changes' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER cycle_trial_guard BEFORE UPDATE ON tasks_cycle FOR EACH ROW
    WHEN (NEW.is_trial IS DISTINCT FROM OLD.is_trial AND NOT OLD.only_backfilled)
    EXECUTE FUNCTION tasks_cycle_stays_trial();

CREATE FUNCTION tasks_version_of_trial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_trial := tasks_trial_submission(NEW.submission_id);
    RETURN NEW;
END $$;
CREATE TRIGGER version_of_trial BEFORE INSERT ON tasks_version
    FOR EACH ROW EXECUTE FUNCTION tasks_version_of_trial();
"""


def _guards() -> str:
    made = []
    for table, (guard, column, way) in GUARDED.items():
        name = NAMES.get(table, f"{table}_guard")
        made.append(
            f"DROP TRIGGER {name} ON tasks_{table};"
            f"CREATE TRIGGER {name} BEFORE UPDATE ON tasks_{table} FOR EACH ROW EXECUTE FUNCTION {guard}();"
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON tasks_{table} FOR EACH ROW"
            f" WHEN (NOT tasks_trial_{way}(OLD.{column})) EXECUTE FUNCTION {guard}();"
        )
    return "\n".join(made)


def _undo() -> str:
    made = []
    for table, (guard, _column, _way) in GUARDED.items():
        name = NAMES.get(table, f"{table}_guard")
        made.append(
            f"DROP TRIGGER {table}_kept ON tasks_{table}; DROP TRIGGER {name} ON tasks_{table};"
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON tasks_{table}"
            f" FOR EACH ROW EXECUTE FUNCTION {guard}();"
        )
    return "\n".join(made) + (
        "DROP TRIGGER version_of_trial ON tasks_version; DROP FUNCTION tasks_version_of_trial();"
        "DROP TRIGGER cycle_trial_guard ON tasks_cycle; DROP FUNCTION tasks_cycle_stays_trial();"
        "DROP FUNCTION tasks_trial_version(bigint); DROP FUNCTION tasks_trial_submission(bigint);"
        "DROP FUNCTION tasks_trial_cycle(bigint);"
    )


class Migration(migrations.Migration):
    dependencies = [("tasks", "0147_trials")]
    operations = [migrations.RunSQL(FUNCTIONS + _guards(), _undo())]
