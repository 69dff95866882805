"""A closed notice is opened again with a row that says so; a signed evaluation is undone once."""

from django.db import migrations

# MORE stands for the move that this migration allows.
NOTICE = """
CREATE OR REPLACE FUNCTION reports_notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a notice is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
MORE    IF OLD.state IN ('rejected', 'closed', 'withdrawn') THEN
        -- Its document may still be being set.
        IF (to_jsonb(NEW) - 'job_id') IS DISTINCT FROM (to_jsonb(OLD) - 'job_id') THEN
            RAISE EXCEPTION 'a notice that has ended is never changed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed','issued'), ('proposed','rejected'), ('issued','acknowledged'), ('acknowledged','answered'),
        ('sent_back','answered'), ('answered','closed'), ('answered','acknowledged'), ('answered','sent_back'),
        ('issued','withdrawn'), ('acknowledged','withdrawn'), ('answered','withdrawn'), ('sent_back','withdrawn')
    ) THEN
        RAISE EXCEPTION 'a notice cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    -- While it is a proposal all of it is open, but not to whom and on which ground.
    IF OLD.state = 'proposed' THEN
        IF (NEW.plan_id, NEW.quarter, NEW.agency_id, NEW.ground, NEW.subject, NEW.proposed_at)
           IS DISTINCT FROM (OLD.plan_id, OLD.quarter, OLD.agency_id, OLD.ground, OLD.subject, OLD.proposed_at)
        THEN
            RAISE EXCEPTION 'a proposal keeps its ground' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    moving := moving || ARRAY['job_id','draft','draft_revision','draft_at','draft_by_id'];
    IF NEW.state = 'acknowledged' AND OLD.state = 'issued' THEN
        moving := moving || ARRAY['acknowledged_at','acknowledged_by_id'];
    END IF;
    IF NEW.state = 'sent_back' AND OLD.state = 'answered' THEN
        moving := moving || ARRAY['due_on'];
    END IF;
    IF NEW.state IN ('closed', 'withdrawn') THEN
        moving := moving || ARRAY['ended_at','ended_by_id','ended_reason'];
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what a notice says is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
MORE = """    IF OLD.state = 'closed' AND NEW.state = 'sent_back' THEN
        -- 重开: with its row in reports_noticereopening, which keeps how it had been closed.
        moving := moving || ARRAY['due_on','ended_at','ended_by_id','ended_reason'];
        IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) OR NOT EXISTS (
            SELECT FROM reports_noticereopening
            WHERE notice_id = OLD.id AND closed_at = OLD.ended_at AND closed_by_id = OLD.ended_by_id
        ) THEN
            RAISE EXCEPTION 'a closed notice is only ever reopened' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
"""
OTHERS = """
CREATE TRIGGER noticereopening_guard BEFORE UPDATE OR DELETE ON reports_noticereopening
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
CREATE FUNCTION reports_evaluation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    undone CONSTANT text[] := ARRAY['undone_at', 'undone_by_id', 'undo_reason'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.undone_at IS NOT NULL
       OR (to_jsonb(NEW) - undone) IS DISTINCT FROM (to_jsonb(OLD) - undone)
    THEN
        RAISE EXCEPTION 'a signed evaluation is only ever undone, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER evaluation_guard ON reports_finalevaluation;
CREATE TRIGGER evaluation_guard BEFORE UPDATE OR DELETE ON reports_finalevaluation
    FOR EACH ROW EXECUTE FUNCTION reports_evaluation_guard();
"""
UNDO = """
DROP TRIGGER noticereopening_guard ON reports_noticereopening;
DROP TRIGGER evaluation_guard ON reports_finalevaluation;
CREATE TRIGGER evaluation_guard BEFORE UPDATE OR DELETE ON reports_finalevaluation
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
DROP FUNCTION reports_evaluation_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0056_ways_back")]
    operations = [
        migrations.RunSQL(NOTICE.replace("MORE", MORE), NOTICE.replace("MORE", "")),
        migrations.RunSQL(OTHERS, UNDO),
    ]
