/** By which number a file is known as an access file (`PRAGMA application_id`), see access-schema.sql. */

// "hgSC"
export const applicationId = 0x68675343;

/** Of one that is shut: everything is refused by it, whatever its rows say. "hgSX" */
export const shutId = 0x68675358;
