-- Whether a number is one that the engine would take: none above a thousand million millions, and not NaN, which is above all others.
CREATE TEMP MACRO is_usual(found) AS abs(found) <= 1e15;
-- How a property of an event is read. `path` is a JSON path, such as '$."price"'.
CREATE TEMP MACRO number_of(told, path) AS
    CASE WHEN json_type(told, path) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') AND is_usual(TRY_CAST(json_extract_string(told, path) AS DOUBLE))
         THEN TRY_CAST(json_extract_string(told, path) AS DOUBLE) END;
CREATE TEMP MACRO flag_of(told, path) AS
    CASE WHEN json_type(told, path) = 'BOOLEAN' THEN json_extract_string(told, path) = 'true' END;
CREATE TEMP MACRO text_of(told, path) AS
    CASE WHEN json_type(told, path) = 'VARCHAR' THEN json_extract_string(told, path) END;
CREATE TEMP MACRO any_of(told, path) AS
    CASE WHEN json_type(told, path) <> 'NULL' THEN json_extract_string(told, path) END;

-- An id of an order, as the engine compares them: without blanks around it, in lower case, of a global id the id itself.
CREATE TEMP MACRO bare_id(told) AS
    coalesce(nullif(regexp_extract(lower(trim(told)), '^gid://[^/]+/[^/]+/([^?]+)(\?.*)?$', 1), ''), lower(trim(told)));
CREATE TEMP MACRO plain_id(told) AS
    CASE WHEN bare_id(told) NOT IN ('', '0', '-1', 'false', 'null', 'none', 'undefined', 'nan', 'true') THEN bare_id(told) END;

-- What the lines of an order come to: not known if a price is missing, or if a line is in another currency.
CREATE TEMP MACRO lines_of(told) AS
    CASE WHEN json_type(told, '$.products') = 'ARRAY'
         THEN TRY(from_json(json_extract(told, '$.products'), '[{"price": "DOUBLE", "quantity": "DOUBLE", "currency": "VARCHAR"}]')) END;
CREATE TEMP MACRO worth_of(lines, unit) AS
    CASE WHEN len(lines) > 0
          AND len(list_filter(lines, lambda line: line.price IS NULL OR NOT is_usual(line.price * coalesce(line.quantity, 1)) OR upper(coalesce(line.currency, unit, '')) <> upper(coalesce(unit, '')))) = 0
         THEN round(list_sum(list_transform(lines, lambda line: line.price * coalesce(line.quantity, 1))), 6) END;
