-- Verzamelaar: een natuurlijk persoon die ten minste $minimum woningen bezit én tot de $top_procent procent
-- eigenaren met de meeste woningen behoort. Wie evenveel bezit als de laatste in de top, hoort er ook bij.
-- Eén rij per woning die op $peildatum van een natuurlijk persoon is; waarde = waar als een eigenaar verzamelaar is.
WITH woningen AS (
    -- Noemt de BAG voor één woning twee buurten, dan is de buurt onbekend.
    SELECT woning, CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE woning IS NOT NULL
    GROUP BY woning
),

-- Elke woning telt voor een eigenaar één keer. Het eigendomsregister is een momentopname; een onbekende
-- verkrijgingsdatum sluit bezit niet uit.
eigendom_van_personen AS (
    SELECT DISTINCT woning, eigenaar_persoon AS eigenaar
    FROM kadaster.eigendom
    WHERE woning IS NOT NULL
        AND eigenaar_persoon IS NOT NULL
        AND (datum_verkrijging IS NULL OR datum_verkrijging <= $peildatum)
),

bezit_per_eigenaar AS (
    SELECT eigenaar, count(*) AS aantal_woningen
    FROM eigendom_van_personen
    GROUP BY eigenaar
),

-- Hoeveel eigenaren bezitten méér dan deze eigenaar, en hoeveel eigenaren zijn er?
plaats_in_rangorde AS (
    SELECT
        eigenaar,
        aantal_woningen,
        rank() OVER (ORDER BY aantal_woningen DESC) - 1 AS eigenaren_met_meer,
        count(*) OVER () AS alle_eigenaren
    FROM bezit_per_eigenaar
),

verzamelaars AS (
    SELECT eigenaar
    FROM plaats_in_rangorde
    WHERE aantal_woningen >= $minimum
        AND eigenaren_met_meer * 100 < alle_eigenaren * $top_procent
)

SELECT
    woningen.buurtcode,
    bool_or(verzamelaars.eigenaar IS NOT NULL) AS waarde,
    eigendom_van_personen.woning AS adres,
    list(DISTINCT eigendom_van_personen.eigenaar ORDER BY eigendom_van_personen.eigenaar) AS eigenaren
FROM eigendom_van_personen
LEFT JOIN woningen ON woningen.woning = eigendom_van_personen.woning
LEFT JOIN verzamelaars ON verzamelaars.eigenaar = eigendom_van_personen.eigenaar
GROUP BY eigendom_van_personen.woning, woningen.buurtcode
