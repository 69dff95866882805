"""The application's role writes to the audit log through one function, which stamps the moment of recording itself and takes
author and place from a setting of the transaction. Where one role does everything it keeps its rights, as an owner must."""

from django.db import migrations

WRITE = """
CREATE FUNCTION tasks_record(entries jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    source jsonb := nullif(current_setting('qhplan.source', true), '')::jsonb;
BEGIN
    IF source IS NULL THEN
        RAISE EXCEPTION 'the audit log is not told who acts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO tasks_event
        (at, recorded_at, by_id, verb, subject, from_state, to_state, note, data, address, session, outcome)
    SELECT
        (entry ->> 'at')::timestamptz, clock_timestamp(), (source ->> 'by')::bigint, entry ->> 'verb',
        entry ->> 'subject', entry ->> 'from_state', entry ->> 'to_state', entry ->> 'note', entry -> 'data',
        (source ->> 'address')::inet, coalesce(source ->> 'session', ''), entry ->> 'outcome'
    FROM jsonb_array_elements(entries) WITH ORDINALITY AS each (entry, position)
    ORDER BY position;
    PERFORM set_config('qhplan.source', '', true);
END $$;
REVOKE ALL ON FUNCTION tasks_record(jsonb) FROM PUBLIC;
DO $$
DECLARE
    role regrole;
BEGIN
    FOR role IN
        SELECT DISTINCT given.grantee::regrole
        FROM pg_class AS t, aclexplode(t.relacl) AS given
        WHERE t.oid = 'tasks_event'::regclass AND given.privilege_type = 'INSERT'
            AND given.grantee NOT IN (0, t.relowner)
    LOOP
        EXECUTE format('REVOKE INSERT ON tasks_event FROM %s', role);
        EXECUTE format('REVOKE ALL ON SEQUENCE tasks_event_id_seq FROM %s', role);
        EXECUTE format('GRANT EXECUTE ON FUNCTION tasks_record(jsonb) TO %s', role);
    END LOOP;
END $$;
"""

UNDO = """
DO $$
DECLARE
    role regrole;
BEGIN
    FOR role IN
        SELECT DISTINCT given.grantee::regrole
        FROM pg_proc AS f, aclexplode(f.proacl) AS given
        WHERE f.proname = 'tasks_record' AND given.grantee NOT IN (0, f.proowner)
    LOOP
        EXECUTE format('GRANT INSERT ON tasks_event TO %s', role);
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE tasks_event_id_seq TO %s', role);
    END LOOP;
END $$;
DROP FUNCTION tasks_record(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0170_decision_records_guards_too")]
    operations = [migrations.RunSQL(WRITE, UNDO)]
