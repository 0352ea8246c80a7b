using System.Runtime.InteropServices;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>An attacker who exchanges two names atomically in a loop until the disposal.</summary>
public sealed partial class SwappedNames : IAsyncDisposable
{
    private const int WorkingDirectory = -100;             // AT_FDCWD
    private const uint Exchange = 2;                       // RENAME_EXCHANGE

    private readonly CancellationTokenSource _ended = new();
    private readonly Task _swapping;

    private SwappedNames(string first, string second) => _swapping = Task.Factory.StartNew(
        () =>
        {
            while (!_ended.IsCancellationRequested) _ = Rename(WorkingDirectory, first, WorkingDirectory, second, Exchange);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public static SwappedNames Start(string first, string second)
    {
        if (Rename(WorkingDirectory, first, WorkingDirectory, second, Exchange) != 0)
            throw new InvalidOperationException("Names cannot be exchanged.");
        return new SwappedNames(first, second);
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _swapping;
        _ended.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint flags);
}
