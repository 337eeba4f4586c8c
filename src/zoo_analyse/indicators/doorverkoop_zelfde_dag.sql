-- Doorverkoop op dezelfde dag (ABC-transactie): een woning die op één dag ten minste $minimum keer werd verkocht.
-- Eén rij per woning in de BAG; waarde = waar als dat in de periode ten minste één dag gebeurde.
WITH woningen AS (
    -- Noemt de BAG voor één woning twee buurten, dan is de buurt onbekend.
    SELECT woning, CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE woning IS NOT NULL
    GROUP BY woning
),

-- Elke transactie telt één keer, ook als de rij dubbel is aangeleverd.
verkopen AS (
    SELECT DISTINCT transactie, woning, datum
    FROM kadaster.transacties
    WHERE datum BETWEEN $periode_start AND $periode_eind
),

doorverkochte_woningen AS (
    SELECT DISTINCT woning
    FROM verkopen
    GROUP BY woning, datum
    HAVING count(*) >= $minimum
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
    doorverkochte_woningen.woning IS NOT NULL AS waarde,
    woningen.woning AS adres,
    coalesce(eigenaren_per_woning.eigenaren, []) AS eigenaren
FROM woningen
LEFT JOIN doorverkochte_woningen ON doorverkochte_woningen.woning = woningen.woning
LEFT JOIN eigenaren_per_woning ON eigenaren_per_woning.woning = woningen.woning
