"""A brief that was issued never changes but for its state, and no file of a brief ever does: the database itself
refuses, whoever asks."""

from django.db import migrations

GUARD = """
CREATE FUNCTION reports_brief_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER brief_guard BEFORE UPDATE OR DELETE ON reports_brief
    FOR EACH ROW EXECUTE FUNCTION reports_brief_guard();

CREATE FUNCTION reports_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER brieffile_guard BEFORE UPDATE OR DELETE ON reports_brieffile
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
CREATE TRIGGER download_guard BEFORE UPDATE OR DELETE ON reports_download
    FOR EACH ROW EXECUTE FUNCTION reports_never_changed();
"""

UNDO = """
DROP TRIGGER download_guard ON reports_download;
DROP TRIGGER brieffile_guard ON reports_brieffile;
DROP TRIGGER brief_guard ON reports_brief;
DROP FUNCTION reports_never_changed();
DROP FUNCTION reports_brief_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
