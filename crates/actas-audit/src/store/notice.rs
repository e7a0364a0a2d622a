use actas_store::Connection;

/// What makes a connection hear of ends and revocations. Said again, it shows that the connection is there.
pub(super) const LISTEN: &str = "LISTEN actas_audit";

/// Tells other processes of an end or a revocation, once the transaction commits. At SQLite they look themselves.
pub(super) async fn tell(connection: &mut Connection) -> Result<(), sqlx::Error> {
    const NOTIFY: &str = "SELECT pg_notify('actas_audit', '')";
    if connection.locks_rows() {
        connection.execute(NOTIFY, &[]).await?;
    }
    Ok(())
}
