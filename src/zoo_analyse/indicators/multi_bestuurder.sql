-- Multi-bestuurder: een persoon die op $peildatum van ten minste $minimum stichtingen tegelijk bestuurder is.
-- Eén rij per stichting met een bekende bestuurder; waarde = waar als een van haar bestuurders multi-bestuurder is.
-- De buurt is die van het adres van de stichting.
WITH stichtingen AS (
    -- Noemt het register voor één stichting twee adressen, dan is het adres onbekend.
    SELECT rechtspersoon, CASE WHEN min(adres) = max(adres) THEN min(adres) END AS adres
    FROM kvk.rechtspersonen
    WHERE rechtsvorm = 'stichting' AND rechtspersoon IS NOT NULL
    GROUP BY rechtspersoon
),

-- Wie op de peildatum uittreedt, bestuurt die dag niet meer. Twee functies in één stichting zijn één bestuurderschap.
bestuurderschappen AS (
    SELECT DISTINCT bestuurders.persoon, bestuurders.rechtspersoon
    FROM kvk.bestuurders AS bestuurders
    INNER JOIN stichtingen ON stichtingen.rechtspersoon = bestuurders.rechtspersoon
    WHERE bestuurders.persoon IS NOT NULL
        AND (bestuurders.datum_in IS NULL OR bestuurders.datum_in <= $peildatum)
        AND (bestuurders.datum_uit IS NULL OR bestuurders.datum_uit > $peildatum)
),

multi_bestuurders AS (
    SELECT persoon
    FROM bestuurderschappen
    GROUP BY persoon
    HAVING count(*) >= $minimum
),

-- Een adres dat in meer dan één buurt voorkomt, wijst geen buurt aan.
adressen AS (
    SELECT
        adres,
        min(woning) AS woning,
        CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM bag.woningen
    WHERE adres IS NOT NULL
    GROUP BY adres
)

SELECT
    adressen.buurtcode,
    bool_or(multi_bestuurders.persoon IS NOT NULL) AS waarde,
    stichtingen.rechtspersoon,
    list(DISTINCT bestuurderschappen.persoon ORDER BY bestuurderschappen.persoon) AS personen,
    adressen.woning AS adres
FROM bestuurderschappen
INNER JOIN stichtingen ON stichtingen.rechtspersoon = bestuurderschappen.rechtspersoon
LEFT JOIN multi_bestuurders ON multi_bestuurders.persoon = bestuurderschappen.persoon
LEFT JOIN adressen ON adressen.adres = stichtingen.adres
GROUP BY stichtingen.rechtspersoon, adressen.woning, adressen.buurtcode
