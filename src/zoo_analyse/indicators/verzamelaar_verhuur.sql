-- Verzamelaar in de toeristische verhuur: een aanbieder met ten minste $minimum advertenties van een hele woning.
-- Eén rij per advertentie van een hele woning; waarde = waar als de aanbieder verzamelaar is, onbekend (NULL)
-- als de aanbieder niet bekend is.
WITH hele_woningen AS (
    -- Spreken rijen van één advertentie elkaar tegen, dan is het gegeven onbekend.
    SELECT
        advertentie,
        CASE WHEN min(aanbieder) = max(aanbieder) THEN min(aanbieder) END AS aanbieder,
        CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM airbnb.advertenties
    WHERE kamertype = $kamertype AND advertentie IS NOT NULL
    GROUP BY advertentie
),

verzamelaars AS (
    SELECT aanbieder
    FROM hele_woningen
    WHERE aanbieder IS NOT NULL
    GROUP BY aanbieder
    HAVING count(*) >= $minimum
)

SELECT
    hele_woningen.buurtcode,
    CASE WHEN hele_woningen.aanbieder IS NOT NULL THEN verzamelaars.aanbieder IS NOT NULL END AS waarde,
    hele_woningen.advertentie AS adres,
    hele_woningen.aanbieder AS eigenaar
FROM hele_woningen
LEFT JOIN verzamelaars ON verzamelaars.aanbieder = hele_woningen.aanbieder
