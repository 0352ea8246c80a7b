using KernelGateway.AspNetCore.Transport;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Sudo;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace KernelGateway.AspNetCore.Hosting;

/// <summary>Serves sudo while the host runs, if the options name a socket.</summary>
internal sealed class SudoHost(LocalSandbox sandbox, IOptions<SandboxServicesOptions> options) : IHostedService, IAsyncDisposable
{
    // Programs that connect at the same time wait to be accepted.
    private const int Backlog = 64;

    private SudoServer? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.SudoSocket is not { } path) return Task.CompletedTask;
        if (!path.StartsWith('/')) throw Invalid($"'{path}' is not an absolute path.");
        if (!Environment.IsPrivilegedProcess) throw Invalid("only a gateway that runs as root can run commands as other users.");
        var directory = Path.GetDirectoryName(path)!;
        try
        {
            Directory.CreateDirectory(directory);
            var listener = UnixSocketFile.Listen(UnixSocketFile.CreateEndPoint(path), UnixFileMode.UserRead | UnixFileMode.UserWrite, Backlog);
            _server = new SudoServer(sandbox, listener);
            _server.Start();
        }
        catch (ArgumentException exception)
        {
            throw Invalid(exception.Message);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Ends it also when the host has failed to start.</summary>
    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static OptionsValidationException Invalid(string problem) => new("", typeof(SandboxServicesOptions), [$"SudoSocket: {problem}"]);
}
