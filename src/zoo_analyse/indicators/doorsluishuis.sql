-- Doorsluishuis: een woning die binnen $jaren jaar ten minste $minimum keer van eigenaar wisselde.
-- Eén rij per woning in de BAG; waarde = waar als de woning een doorsluishuis is.
-- Het tijdvak begint op de dag van een wisseling en eindigt vlak voor dezelfde dag $jaren jaar later:
-- een wisseling die precies $jaren jaar na de eerste valt, telt dus niet meer mee.
WITH woningen AS (
    -- Noemt de BAG voor één woning twee buurten, dan is de buurt onbekend.
    SELECT woning, CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE woning IS NOT NULL
    GROUP BY woning
),

-- Elke transactie telt één keer, ook als de rij dubbel is aangeleverd.
eigendomswisselingen AS (
    SELECT DISTINCT transactie, woning, datum
    FROM kadaster.transacties
    WHERE datum BETWEEN $periode_start AND $periode_eind
),

-- Bij iedere wisseling: de datum van de wisseling die $minimum - 1 plaatsen later komt.
reeksen AS (
    SELECT
        woning,
        datum AS eerste_wisseling,
        lead(datum, $minimum - 1) OVER (PARTITION BY woning ORDER BY datum) AS laatste_wisseling
    FROM eigendomswisselingen
),

doorgesluisde_woningen AS (
    SELECT DISTINCT woning
    FROM reeksen
    WHERE laatste_wisseling < eerste_wisseling + to_years($jaren)
),

-- Iedere koper en verkoper draagt bij: zonder zijn transactie kon het antwoord anders zijn.
kopers_en_verkopers AS (
    SELECT woning, coalesce(verkoper_persoon, verkoper_rechtspersoon) AS eigenaar
    FROM kadaster.transacties
    WHERE datum BETWEEN $periode_start AND $periode_eind
    UNION
    SELECT woning, coalesce(koper_persoon, koper_rechtspersoon) AS eigenaar
    FROM kadaster.transacties
    WHERE datum BETWEEN $periode_start AND $periode_eind
),

eigenaren_per_woning AS (
    SELECT woning, list(DISTINCT eigenaar ORDER BY eigenaar) AS eigenaren
    FROM kopers_en_verkopers
    WHERE eigenaar IS NOT NULL
    GROUP BY woning
)

SELECT
    woningen.buurtcode,
    doorgesluisde_woningen.woning IS NOT NULL AS waarde,
    woningen.woning AS adres,
    coalesce(eigenaren_per_woning.eigenaren, []) AS eigenaren
FROM woningen
LEFT JOIN doorgesluisde_woningen ON doorgesluisde_woningen.woning = woningen.woning
LEFT JOIN eigenaren_per_woning ON eigenaren_per_woning.woning = woningen.woning
