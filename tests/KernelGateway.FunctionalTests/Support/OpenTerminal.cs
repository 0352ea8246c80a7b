using System.Text;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.FunctionalTests.Support;

/// <summary>A terminal with a reader that keeps its place.</summary>
internal sealed class OpenTerminal(SandboxProcess process, CancellationToken cancellationToken) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ProcessOutput> _output = process.ReadOutputAsync(cancellationToken: cancellationToken)
        .GetAsyncEnumerator(cancellationToken);

    private readonly StringBuilder _unread = new();

    public SandboxProcess Process => process;

    /// <summary>Starts a program in a terminal of 80 columns and 24 lines.</summary>
    /// <param name="sandbox">Starts and ends it.</param>
    /// <param name="directory">Its working directory.</param>
    /// <param name="variables">Its environment variables, besides those of .NET.</param>
    /// <param name="cancellationToken">Ends the waiting for its output.</param>
    /// <param name="command">The program and its arguments.</param>
    public static async Task<OpenTerminal> StartAsync(
        LocalSandbox sandbox,
        string directory,
        IReadOnlyDictionary<string, string> variables,
        CancellationToken cancellationToken,
        params string[] command)
    {
        var all = new Dictionary<string, string>(variables);
        foreach (var name in new[] { "DOTNET_ROOT", "DOTNET_CLI_HOME" })
            if (Environment.GetEnvironmentVariable(name) is { } value) all[name] = value;
        var options = new ProcessStartOptions
        {
            Command = command[0],
            Arguments = command[1..],
            Variables = all,
            WorkingDirectory = directory,
            Terminal = new TerminalSize(80, 24),
        };
        return new OpenTerminal(await sandbox.Terminals.StartAsync(options, cancellationToken), cancellationToken);
    }

    public Task TypeAsync(string keys) => process.WriteInputAsync(Encoding.UTF8.GetBytes(keys), cancellationToken);

    /// <summary>Reads until a text has come, and returns what came with it.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (true)
        {
            var all = _unread.ToString();
            if (all.IndexOf(text, StringComparison.Ordinal) is var index and >= 0)
            {
                _unread.Remove(0, index + text.Length);
                return all[..(index + text.Length)];
            }

            if (!await _output.MoveNextAsync()) throw new EndOfStreamException($"The terminal ended with: {all}");
            _unread.Append(Encoding.UTF8.GetString(_output.Current.Data.Span));
        }
    }

    /// <summary>Reads to the end of the process.</summary>
    public async Task<ProcessEnd> EndAsync()
    {
        while (await _output.MoveNextAsync()) _unread.Append(Encoding.UTF8.GetString(_output.Current.Data.Span));
        return await process.Ended.WaitAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => _output.DisposeAsync();
}
