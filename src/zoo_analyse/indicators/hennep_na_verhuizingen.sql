-- Hennep na verhuizingen: een woning waar hennep werd geruimd nadat er in de $jaren jaar daarvoor ten minste
-- $minimum keer iemand was komen wonen.
-- Eén rij per woning in de BAG; waarde = waar als dat voor ten minste één ruiming geldt.
-- Wie op dezelfde dag op hetzelfde adres komt wonen, telt samen als één inhuizing (een gezin verhuist één keer).
WITH woningen AS (
    -- Noemt de BAG voor één woning twee adressen of buurten, dan is het adres of de buurt onbekend.
    SELECT
        woning,
        CASE WHEN min(adres) = max(adres) THEN min(adres) END AS adres,
        CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE woning IS NOT NULL
    GROUP BY woning
),

ruimingen AS (
    SELECT DISTINCT adres, datum
    FROM hennep.ruimingen
    WHERE datum BETWEEN $periode_start AND $periode_eind
),

inhuizingen AS (
    SELECT DISTINCT adres, datum
    FROM brp.verhuizingen
),

-- De dag van de ruiming zelf hoort niet bij de jaren ervoor.
ruimingen_na_inhuizingen AS (
    SELECT ruimingen.adres, ruimingen.datum
    FROM ruimingen
    INNER JOIN inhuizingen
        ON inhuizingen.adres = ruimingen.adres
        AND inhuizingen.datum >= ruimingen.datum - to_years($jaren)
        AND inhuizingen.datum < ruimingen.datum
    GROUP BY ruimingen.adres, ruimingen.datum
    HAVING count(*) >= $minimum
),

adressen_met_waarde AS (
    SELECT DISTINCT adres
    FROM ruimingen_na_inhuizingen
),

-- Ieder die er woont of kwam wonen draagt bij: zonder zijn inschrijving kon het antwoord anders zijn.
bewoners AS (
    SELECT adres, persoon FROM brp.verhuizingen
    UNION
    SELECT adres, persoon FROM brp.personen
),

bewoners_per_adres AS (
    SELECT adres, list(DISTINCT persoon ORDER BY persoon) AS personen
    FROM bewoners
    WHERE persoon IS NOT NULL
    GROUP BY adres
)

SELECT
    woningen.buurtcode,
    adressen_met_waarde.adres IS NOT NULL AS waarde,
    woningen.woning AS adres,
    coalesce(bewoners_per_adres.personen, []) AS personen
FROM woningen
LEFT JOIN adressen_met_waarde ON adressen_met_waarde.adres = woningen.adres
LEFT JOIN bewoners_per_adres ON bewoners_per_adres.adres = woningen.adres
