"""Which transactions changed what a page can show (docs/decisions/conditional-requests.md).

A row for each transaction that wrote a row of a table with the trigger `changed`. `qhplan/changes.py` puts it on the
tables after each `migrate`.
"""

from django.db import migrations

DO = """
CREATE TABLE qhplan_change (xid xid8 PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());

CREATE FUNCTION qhplan_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The setting ends with the transaction, and with a savepoint that is rolled back, as the row does.
    IF current_setting('qhplan.changed', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        INSERT INTO qhplan_change (xid) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING;
        PERFORM set_config('qhplan.changed', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END $$;
"""

UNDO = """
DROP FUNCTION qhplan_changed() CASCADE;
DROP TABLE qhplan_change;
"""


class Migration(migrations.Migration):
    dependencies = [("qhplan", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
