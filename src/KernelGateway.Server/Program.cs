using KernelGateway.Server.Sudo;

namespace KernelGateway.Server;

/// <summary>The entry of the program.</summary>
internal static class Program
{
    // The parser of the command line is not loaded for sudo, which is to start quickly.
    private static Task<int> Main(string[] args) =>
        args is [SudoProgram.CommandName, .. var words] ? Task.FromResult(SudoProgram.Run(words)) : CommandLine.RunAsync(args);
}
