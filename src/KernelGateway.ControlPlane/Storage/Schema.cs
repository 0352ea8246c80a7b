using System.Data.Common;
using System.Globalization;

namespace KernelGateway.ControlPlane.Storage;

/// <summary>The tables, their version, and the steps from each version to the next.</summary>
internal static class Schema
{
    /// <summary>The version that this program reads and writes.</summary>
    public static readonly int Version = Steps.Length;

    // A step is never changed once it has been released: databases have been through it. Times are microseconds since 1970.
    private static string[] Steps =>
    [
        """
        CREATE TABLE machines (name TEXT PRIMARY KEY, epoch BIGINT NOT NULL);
        CREATE TABLE teams (
            id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, max_running BIGINT NOT NULL,
            max_creates_per_second BIGINT NOT NULL, max_memory_bytes BIGINT NOT NULL);
        CREATE TABLE api_keys (
            id TEXT PRIMARY KEY, team_id TEXT NOT NULL REFERENCES teams (id), name TEXT NOT NULL, mask TEXT NOT NULL,
            hash TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL);
        CREATE TABLE sandboxes (
            id TEXT PRIMARY KEY, team_id TEXT NOT NULL REFERENCES teams (id), machine TEXT NOT NULL REFERENCES machines (name),
            epoch BIGINT NOT NULL, state TEXT NOT NULL, document TEXT NOT NULL);
        CREATE INDEX sandboxes_of_machine ON sandboxes (machine);
        CREATE TABLE snapshots (
            id TEXT PRIMARY KEY, team_id TEXT NOT NULL REFERENCES teams (id), machine TEXT NOT NULL REFERENCES machines (name),
            created_at BIGINT NOT NULL, document TEXT NOT NULL);
        CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
        """,
    ];

    /// <summary>Brings the tables to this version, or finds that they have it.</summary>
    /// <exception cref="StorageException">They have a newer one.</exception>
    public static async Task MigrateAsync(SqlDatabase database, DbConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await database.BeginMigrationAsync(connection, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)").ConfigureAwait(false);
            var found = await ReadVersionAsync(connection, transaction, cancellationToken).ConfigureAwait(false);
            if (found > Version)
            {
                throw new StorageException(
                    $"The database {database.Name} has version {found} of the tables; this program knows versions up to {Version}. "
                    + "A newer kernel-gateway has changed it: use that one, or another database.");
            }

            for (var step = found; step < Version; step++) await ExecuteAsync(Steps[step]).ConfigureAwait(false);
            if (found < Version)
            {
                var version = Version.ToString(CultureInfo.InvariantCulture);
                await ExecuteAsync($"DELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ({version})").ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        async Task ExecuteAsync(string sql)
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.Transaction = transaction;
#pragma warning disable CA2100 // The text is one of this file.
                command.CommandText = sql;
#pragma warning restore CA2100
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<int> ReadVersionAsync(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            command.CommandText = "SELECT MAX(version) FROM schema_version";
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long version
                ? (int)version
                : 0;
        }
    }
}
