"""Texts are found by pairs of characters: see tasks/grams.py and docs/decisions/search.md.

The bodies are SQL-standard (BEGIN ATOMIC), bound when they are created: an index is made and kept up under a search path
in which no table or function of ours would be found by its name. `COST` tells the planner that cutting a text takes far
longer than reading an index.
"""

from django.db import migrations

FUNCTIONS = r"""
CREATE FUNCTION tasks_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500
RETURN translate(lower(normalize(words, NFKC)), E' \t\n\u000b\f\r', '');

CREATE FUNCTION tasks_grams(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000
BEGIN ATOMIC
    SELECT array_to_tsvector(ARRAY(
        SELECT one || COALESCE(next, '') FROM unnest(read.all_of_it, read.all_of_it[2:]) AS pair(one, next)
        WHERE one IS NOT NULL
    ))
    FROM (SELECT string_to_array(tasks_plain(words), NULL) AS all_of_it) AS read;
END;

CREATE FUNCTION tasks_gram_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500
BEGIN ATOMIC
    SELECT string_agg(
        '''' || replace(replace(substr(word, place, 2), '\', '\\'), '''', '''''') || ''''
            || CASE WHEN length(word) = 1 THEN ':*' ELSE '' END,
        ' & '
    )::tsquery
    FROM (SELECT tasks_plain(words) AS word) AS read, generate_series(1, greatest(length(word) - 1, 1)) AS place
    WHERE word <> '';
END;

CREATE FUNCTION tasks_problem_words(problems jsonb) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(string_agg(one ->> 'text', E'\u001e'), '') FROM jsonb_path_query(problems, '$[*]') AS one;
END;
"""
UNDO = """
DROP FUNCTION tasks_gram_query(text); DROP FUNCTION tasks_grams(text); DROP FUNCTION tasks_plain(text);
DROP FUNCTION tasks_problem_words(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0162_ways_back_guards")]
    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
