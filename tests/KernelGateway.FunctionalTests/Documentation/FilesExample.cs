using System.Text;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Processes;

namespace KernelGateway.FunctionalTests.Documentation;

/// <summary>The example of files, commands and terminals in C#.</summary>
internal static class FilesExample
{
    /// <summary>Runs the example.</summary>
    /// <param name="Console">What takes the place of the console.</param>
    public static async Task RunAsync(TextWriter Console)
    {
        // The page shows what follows.
        await using var gateway = await Gateway.StartAsync();
        await gateway.Files.WriteAsync("/tmp/hello-cs.txt", new MemoryStream("one\ntwo\n"u8.ToArray()));
        CommandResult counted = await gateway.Commands.RunAsync("wc -l < /tmp/hello-cs.txt");
        Console.WriteLine($"{counted.Output.Trim()} lines, exit code {counted.ExitCode}");

        SandboxProcess cat = await gateway.Commands.StartAsync(new() { Command = "cat" });
        await cat.WriteInputAsync("typed\n"u8.ToArray());
        await cat.CloseInputAsync();
        await foreach (ProcessOutput output in cat.ReadOutputAsync()) Console.Write(Encoding.UTF8.GetString(output.Data.Span));

        SandboxProcess shell = await gateway.Terminals.StartShellAsync(new TerminalSize(80, 24));
        await shell.WriteInputAsync("stty size; exit\n"u8.ToArray());
        Console.WriteLine((await shell.Ended).StatusText);                       // exit status 0
        // The page shows what is above.
    }
}
