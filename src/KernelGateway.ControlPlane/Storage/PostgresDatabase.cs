using System.Data.Common;
using Npgsql;

namespace KernelGateway.ControlPlane.Storage;

/// <summary>A database of a PostgreSQL server.</summary>
internal sealed class PostgresDatabase : SqlDatabase
{
    // Any number, the same for all control planes.
    private const long MigrationLock = 0x6B67_7363_6865_6D61;

    private readonly NpgsqlDataSource _source;

    /// <summary>Creates it.</summary>
    /// <exception cref="StorageException">The connection string is malformed.</exception>
    public PostgresDatabase(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "kernel-gateway" };
            Name = $"'{builder.Database}' on '{builder.Host}'";
            _source = NpgsqlDataSource.Create(builder);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new StorageException($"The connection string of the database cannot be used: {exception.Message}", exception);
        }
    }

    public override string Name { get; }

    public override string ShareLock => " FOR SHARE";

    public override async Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        var command = connection.CreateCommand();
        await using (command.ConfigureAwait(false))
        {
            command.Transaction = transaction;
            command.CommandText = $"SELECT pg_advisory_xact_lock({MigrationLock})";
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return transaction;
        }
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async Task<DbConnection> ConnectAsync(CancellationToken cancellationToken) =>
        await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
}
