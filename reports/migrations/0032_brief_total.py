"""The running total comes with the number; before that as after it, nothing of a brief changes."""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION reports_brief_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.frozen_at IS NULL THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'a brief is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.frozen_at IS NULL THEN RETURN NEW; END IF;
    -- The figures are frozen with the draft; number, edition, total, date and code come with ISSUING; the job changes until
    -- the PDF is there.
    IF OLD.state = 'draft' THEN
        moving := moving || ARRAY['year','number','edition','total','code','issued_at','issued_by_id','supersedes_id'];
    END IF;
    IF OLD.state IN ('draft', 'issuing') THEN
        moving := moving || ARRAY['job_id'];
    END IF;
    IF OLD.state = 'issued' AND NEW.state = 'withdrawn' THEN
        moving := moving || ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'];
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what a brief says is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft','issuing'), ('issuing','issued'), ('issued','superseded'), ('issued','withdrawn')
    ) THEN
        RAISE EXCEPTION 'a brief cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION reports_brief_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.frozen_at IS NULL THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'a brief is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.frozen_at IS NULL THEN RETURN NEW; END IF;
    -- The figures are frozen with the draft; number, edition, date and code come with ISSUING; the job changes until
    -- the PDF is there.
    IF OLD.state = 'draft' THEN
        moving := moving || ARRAY['year','number','edition','code','issued_at','issued_by_id','supersedes_id'];
    END IF;
    IF OLD.state IN ('draft', 'issuing') THEN
        moving := moving || ARRAY['job_id'];
    END IF;
    IF OLD.state = 'issued' AND NEW.state = 'withdrawn' THEN
        moving := moving || ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'];
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what a brief says is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft','issuing'), ('issuing','issued'), ('issued','superseded'), ('issued','withdrawn')
    ) THEN
        RAISE EXCEPTION 'a brief cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0031_brief_kinds")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
