"""What was issued, answered, escalated and instructed never changes but as its table of transitions says: the database
itself refuses, whoever asks. And the rules with which a site begins, which the office changes."""

from django.db import migrations

GUARD = """
CREATE FUNCTION reports_notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
        ('sent_back','answered'), ('answered','closed'), ('answered','sent_back'),
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
CREATE TRIGGER notice_guard BEFORE UPDATE OR DELETE ON reports_notice
    FOR EACH ROW EXECUTE FUNCTION reports_notice_guard();

CREATE FUNCTION reports_answer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decided text[] := ARRAY['decision','decided_at','decided_by_id','note','new_due_on'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an answer is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.decision <> '' OR (to_jsonb(NEW) - decided) IS DISTINCT FROM (to_jsonb(OLD) - decided) THEN
        RAISE EXCEPTION 'what was answered is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answer_guard BEFORE UPDATE OR DELETE ON reports_answer
    FOR EACH ROW EXECUTE FUNCTION reports_answer_guard();

CREATE FUNCTION reports_instruction_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    aside text[] := ARRAY['aside_at','aside_by_id','aside_reason'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an instruction is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.aside_at IS NOT NULL OR (to_jsonb(NEW) - aside) IS DISTINCT FROM (to_jsonb(OLD) - aside) THEN
        RAISE EXCEPTION 'a leader''s words are never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER instruction_guard BEFORE UPDATE OR DELETE ON reports_instruction
    FOR EACH ROW EXECUTE FUNCTION reports_instruction_guard();

CREATE TRIGGER noticefile_guard BEFORE UPDATE OR DELETE ON reports_noticefile
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
CREATE TRIGGER escalation_guard BEFORE UPDATE OR DELETE ON reports_escalation
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
CREATE TRIGGER escalation_told_guard BEFORE UPDATE OR DELETE ON reports_escalation_told
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
"""

UNDO = """
DROP TRIGGER escalation_told_guard ON reports_escalation_told;
DROP TRIGGER escalation_guard ON reports_escalation;
DROP TRIGGER noticefile_guard ON reports_noticefile;
DROP TRIGGER instruction_guard ON reports_instruction;
DROP TRIGGER answer_guard ON reports_answer;
DROP TRIGGER notice_guard ON reports_notice;
DROP FUNCTION reports_instruction_guard();
DROP FUNCTION reports_answer_guard();
DROP FUNCTION reports_notice_guard();
"""

# A red light that the office verified two quarters in a row; a return that is ten working days late; a target whose
# year is over. Not signed for in two working days: to the body's head; no answer the day after it was due: to its head;
# five working days after: to the leading group.
BEGIN = """
INSERT INTO reports_proposalrule (ground, is_active, threshold, verified_only, answer_days) VALUES
    ('red', true, 2, true, 10), ('missing', true, 10, true, 5), ('target', true, 1, true, 15);
INSERT INTO reports_escalationrule (stage, after_days, "to", is_active) VALUES
    ('acknowledge', 2, 'head', true), ('answer', 1, 'head', true), ('answer', 5, 'leadership', true);
"""
BEGIN_UNDO = "DELETE FROM reports_escalationrule; DELETE FROM reports_proposalrule;"


class Migration(migrations.Migration):
    dependencies = [("reports", "0020_supervision")]
    operations = [migrations.RunSQL(GUARD, UNDO), migrations.RunSQL(BEGIN, BEGIN_UNDO)]
