"""An agency takes its answer to a notice back: the notice goes from answered to acknowledged again."""

from django.db import migrations

# MORE stands for the moves that this migration allows.
GUARD = """
CREATE OR REPLACE FUNCTION reports_notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a notice is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('rejected', 'closed', 'withdrawn') THEN
        -- Its document may still be being set.
        IF (to_jsonb(NEW) - 'job_id') IS DISTINCT FROM (to_jsonb(OLD) - 'job_id') THEN
            RAISE EXCEPTION 'a notice that has ended is never changed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('proposed','issued'), ('proposed','rejected'), ('issued','acknowledged'), ('acknowledged','answered'),
        ('sent_back','answered'), ('answered','closed'), MORE('answered','sent_back'),
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


class Migration(migrations.Migration):
    dependencies = [("reports", "0052_withdrawn")]
    operations = [
        migrations.RunSQL(
            GUARD.replace("MORE", "('answered','acknowledged'), "), GUARD.replace("MORE", "")
        )
    ]
