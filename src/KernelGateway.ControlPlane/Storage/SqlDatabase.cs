using System.Data.Common;

namespace KernelGateway.ControlPlane.Storage;

/// <summary>A database server or file: how to connect, and where its SQL differs.</summary>
/// <remarks>The statements of <see cref="ControlPlaneStore"/> keep to what both databases understand.</remarks>
internal abstract class SqlDatabase : IAsyncDisposable
{
    /// <summary>Gets the name of the database for messages. It contains no password.</summary>
    public abstract string Name { get; }

    /// <summary>Gets what ends a SELECT whose rows must not change before the transaction ends.</summary>
    public abstract string ShareLock { get; }

    /// <summary>Opens a connection.</summary>
    /// <exception cref="StorageException">The database cannot be opened.</exception>
    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is DbException or IOException or ArgumentException or InvalidOperationException)
        {
            throw new StorageException($"The database {Name} cannot be opened: {exception.Message}", exception);
        }
    }

    /// <summary>Begins a transaction in which the schema is looked at and changed. Other control planes wait for its end.</summary>
    public abstract Task<DbTransaction> BeginMigrationAsync(DbConnection connection, CancellationToken cancellationToken);

    /// <summary>Connects.</summary>
    protected abstract Task<DbConnection> ConnectAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>The database cannot be used. The message says why.</summary>
internal sealed class StorageException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Another control plane has taken over this machine's rows. Nothing was changed, and this one must stop: what it believes of its sandboxes
/// may no longer be true.
/// </summary>
internal sealed class EpochLostException(string machine, long epoch)
    : Exception($"Another control plane has taken over the sandboxes of '{machine}' (epoch {epoch}); this one has to stop.");
