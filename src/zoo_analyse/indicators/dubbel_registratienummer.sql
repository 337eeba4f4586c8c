-- Dubbel registratienummer: een registratienummer dat in ten minste $minimum advertenties staat.
-- Eén rij per advertentie die een nummer moet hebben (vrijgestelde advertenties doen niet mee); waarde = waar als
-- het nummer ook elders staat, onbekend (NULL) als de advertentie geen nummer noemt.
WITH advertenties AS (
    -- Spreken rijen van één advertentie elkaar tegen, dan is het gegeven onbekend.
    SELECT
        advertentie,
        CASE WHEN min(registratienummer) = max(registratienummer) THEN min(registratienummer) END
            AS registratienummer,
        CASE WHEN min(buurtcode) = max(buurtcode) THEN min(buurtcode) END AS buurtcode
    FROM airbnb.advertenties
    WHERE advertentie IS NOT NULL AND vrijgesteld IS NOT TRUE
    GROUP BY advertentie
),

-- Alle aanbieders die een nummer gebruiken dragen bij: haalt één zijn advertentie weg, dan kan het antwoord
-- voor de andere veranderen.
gebruik_van_nummers AS (
    SELECT
        registratienummer,
        count(DISTINCT advertentie) AS aantal_advertenties,
        list(DISTINCT aanbieder ORDER BY aanbieder) FILTER (WHERE aanbieder IS NOT NULL) AS eigenaren
    FROM airbnb.advertenties
    WHERE registratienummer IS NOT NULL AND vrijgesteld IS NOT TRUE
    GROUP BY registratienummer
),

aanbieders AS (
    SELECT advertentie, list(DISTINCT aanbieder ORDER BY aanbieder) AS eigenaren
    FROM airbnb.advertenties
    WHERE aanbieder IS NOT NULL
    GROUP BY advertentie
)

SELECT
    advertenties.buurtcode,
    CASE
        WHEN advertenties.registratienummer IS NOT NULL
            THEN gebruik_van_nummers.aantal_advertenties >= $minimum
    END AS waarde,
    advertenties.advertentie AS adres,
    coalesce(gebruik_van_nummers.eigenaren, aanbieders.eigenaren, []) AS eigenaren
FROM advertenties
LEFT JOIN gebruik_van_nummers ON gebruik_van_nummers.registratienummer = advertenties.registratienummer
LEFT JOIN aanbieders ON aanbieders.advertentie = advertenties.advertentie
