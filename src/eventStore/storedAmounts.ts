// The forms of an amount in stored JSON: decimal text of minor units, because JSON numbers lose digits past
// 2^53. 19 digits hold every bigint of PostgreSQL.

export const minorUnits = /^\d{1,19}$/;
/** Of a balance or a limit, which a credit line may make negative. */
export const signedMinorUnits = /^-?\d{1,19}$/;
