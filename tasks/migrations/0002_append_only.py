"""Submitted versions and the record of events cannot be changed, whoever asks: the database itself refuses."""

from django.db import migrations

VERSION = """
CREATE FUNCTION tasks_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a submitted version is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' THEN
        RAISE EXCEPTION 'a decided version is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['decision','decided_at','decided_by_id','verified_light','verification','decision_note'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['decision','decided_at','decided_by_id','verified_light','verification','decision_note'])
    THEN
        RAISE EXCEPTION 'what was submitted is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_guard BEFORE UPDATE OR DELETE ON tasks_version
    FOR EACH ROW EXECUTE FUNCTION tasks_version_guard();

CREATE FUNCTION tasks_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_guard BEFORE UPDATE OR DELETE ON tasks_event
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER figure_guard BEFORE UPDATE OR DELETE ON tasks_figure
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER basis_guard BEFORE UPDATE OR DELETE ON tasks_versionbasis
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
CREATE TRIGGER installation_guard BEFORE UPDATE OR DELETE ON tasks_installation
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""

UNDO = """
DROP TRIGGER installation_guard ON tasks_installation;
DROP TRIGGER basis_guard ON tasks_versionbasis;
DROP TRIGGER figure_guard ON tasks_figure;
DROP TRIGGER event_guard ON tasks_event;
DROP TRIGGER version_guard ON tasks_version;
DROP FUNCTION tasks_never_changed();
DROP FUNCTION tasks_version_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial")]
    operations = [migrations.RunSQL(VERSION, UNDO)]
