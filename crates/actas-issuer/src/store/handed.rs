use actas_audit::SessionId;
use actas_store::Arg;

use super::open::Store;

impl Store {
    /// A start that was recorded runs from now on, without a ticket. `false` where it was ended in the meantime.
    pub(crate) async fn hand_out(&self, id: SessionId) -> Result<bool, sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'redeemed'
            WHERE id = $1 AND issuer = $2 AND state = 'starting'";
        let mut connection = self.database.writer().await?;
        let args = [Arg::Verbatim(&id.to_string()), Arg::Text(&self.issuer)];
        Ok(connection.execute(UPDATE, &args).await? == 1)
    }
}
