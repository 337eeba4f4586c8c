-- Windhapper: een eigenaar van wie geen bron van inkomsten bekend is ("leeft van de wind").
-- Eén rij per woning die op $peildatum van een natuurlijk persoon is; waarde = waar als een eigenaar in $jaar
-- geen loon, uitkering, winst, huurinkomsten of pensioen had. Staat de eigenaar niet in de inkomens van dat
-- jaar, of ontbreekt een bedrag dat het verschil maakt, dan is de waarde onbekend (NULL).
WITH woningen AS (
    -- Noemt de BAG voor één woning twee buurten, dan is de buurt onbekend.
    SELECT woning, CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE woning IS NOT NULL
    GROUP BY woning
),

-- Het eigendomsregister is een momentopname; een onbekende verkrijgingsdatum sluit bezit niet uit.
eigendom_van_personen AS (
    SELECT DISTINCT woning, eigenaar_persoon AS eigenaar
    FROM kadaster.eigendom
    WHERE eigenaar_persoon IS NOT NULL
        AND (datum_verkrijging IS NULL OR datum_verkrijging <= $peildatum)
),

-- Waar: ten minste één bedrag is positief. Onwaar: alle bedragen zijn bekend en geen is positief. Anders onbekend.
bekende_inkomsten AS (
    SELECT
        persoon,
        loon > 0 OR uitkering > 0 OR winst > 0 OR huurinkomsten > 0 OR pensioen > 0 AS heeft_inkomsten
    FROM inkomens.inkomens
    WHERE jaar = $jaar
),

inkomsten_per_persoon AS (
    SELECT
        persoon,
        CASE
            WHEN bool_or(heeft_inkomsten) THEN true
            WHEN count(heeft_inkomsten) = count(*) THEN false
        END AS heeft_inkomsten
    FROM bekende_inkomsten
    GROUP BY persoon
)

SELECT
    woningen.buurtcode,
    CASE
        WHEN bool_or(NOT inkomsten_per_persoon.heeft_inkomsten) THEN true
        WHEN count(inkomsten_per_persoon.heeft_inkomsten) = count(*) THEN false
    END AS waarde,
    eigendom_van_personen.woning AS adres,
    list(DISTINCT eigendom_van_personen.eigenaar ORDER BY eigendom_van_personen.eigenaar) AS eigenaren
FROM eigendom_van_personen
LEFT JOIN woningen ON woningen.woning = eigendom_van_personen.woning
LEFT JOIN inkomsten_per_persoon ON inkomsten_per_persoon.persoon = eigendom_van_personen.eigenaar
WHERE eigendom_van_personen.woning IS NOT NULL
GROUP BY eigendom_van_personen.woning, woningen.buurtcode
