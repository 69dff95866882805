"""The words in which a brief was issued are kept with it, as its office is."""

from importlib import import_module

from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION reports_brief_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.frozen_at IS NULL AND OLD.state <> 'discarded' THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'a brief is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.frozen_at IS NULL AND OLD.state <> 'discarded' THEN RETURN NEW; END IF;
    -- The figures are frozen with the draft; number, edition, total, office, its words, date and code come with ISSUING; the job changes until
    -- the PDF is there.
    IF OLD.state = 'draft' THEN
        moving := moving || ARRAY['year','number','edition','total','office','wording','code','issued_at','issued_by_id','supersedes_id'];
    END IF;
    IF OLD.state IN ('draft', 'issuing') THEN
        moving := moving || ARRAY['job_id'];
    END IF;
    IF OLD.state = 'issued' AND NEW.state = 'withdrawn' THEN
        moving := moving || ARRAY['withdrawn_at','withdrawn_by_id','withdrawn_reason'];
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'discarded' THEN
        moving := moving || ARRAY['discarded_at','discarded_by_id','discarded_reason'];
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what a brief says is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft','issuing'), ('draft','discarded'), ('issuing','issued'), ('issued','superseded'), ('issued','withdrawn')
    ) THEN
        RAISE EXCEPTION 'a brief cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# As it was.
UNDO = import_module("reports.migrations.0040_brief_office").GUARD


class Migration(migrations.Migration):
    dependencies = [("reports", "0043_feedback_slips")]

    operations = [
        migrations.AddField(
            model_name="brief",
            name="wording",
            field=models.JSONField(
                blank=True, help_text="印发时的地区用语；此前印发的没有。", null=True, verbose_name="用语"
            ),
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
