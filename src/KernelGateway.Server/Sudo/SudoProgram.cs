using System.Reflection;
using System.Text;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Sudo;

namespace KernelGateway.Server.Sudo;

/// <summary>
/// <c>kernel-gateway sudo SOCKET …</c>: the program <c>sudo</c> of a sandbox. It asks the service of the sandbox to run a command, and
/// stays until the end of the command.
/// </summary>
/// <remarks>
/// It has no right of its own, so nothing depends on what it checks. Few types are used, and neither the console nor the thread
/// pool, because the start of the program is most of the time that it takes.
/// </remarks>
internal static class SudoProgram
{
    public const string CommandName = "sudo";

    // Of the script that starts the program, and not of its caller.
    private const string OwnVariable = "DOTNET_EnableDiagnostics=0";

    private const int NoEntry = 2;                 // ENOENT
    private const int NotPermitted = 13;           // EACCES
    private const int Refused = 111;               // ECONNREFUSED

    /// <summary>Runs it.</summary>
    /// <param name="words">The path of the socket, and the arguments of sudo.</param>
    /// <returns>The exit code: that of the command, or 1.</returns>
    public static int Run(string[] words)
    {
        try
        {
            if (!OperatingSystem.IsLinux()) throw new SudoRefusedException("it works on Linux only");
            if (words is not [var socket, .. var arguments])
                throw new SudoRefusedException("the path of the socket is missing: kernel-gateway sudo SOCKET [OPTION] [COMMAND]");
            CheckTexts(arguments);
            var line = SudoCommandLine.Parse(arguments);
            return line.Action switch
            {
                SudoAction.ShowHelp => Print(SudoCommandLine.Usage),
                SudoAction.ShowVersion => Print($"sudo of kernel-gateway {ReadVersion()}\n"),
                SudoAction.Forget => 0,
                _ => Ask(socket, line),
            };
        }
        catch (Exception exception) when (exception is SudoRefusedException or IOException)
        {
            StandardOutput.Write(StandardOutput.Error, $"sudo: {exception.Message}\n");
            return ExitCodes.Failure;
        }
    }

    private static int Ask(string socketPath, SudoCommandLine line)
    {
        var error = DescriptorSocket.TryConnect(socketPath, out var socket);
        if (error != 0)
        {
            throw new SudoRefusedException(error switch
            {
                NotPermitted => "only root and the default user of this sandbox may use sudo",
                NoEntry or Refused => $"the service of this sandbox does not listen at {socketPath}",
                _ => $"the service of this sandbox cannot be reached (error {error})",
            });
        }

        using (socket)
        using (var signals = new SignalQueue())
        using (var terminal = line.Action is SudoAction.List or SudoAction.Validate ? null : SudoTerminal.TryOpen())
        {
            var request = SudoRequest.Create(line, GetDirectory(), ReadVariables(), terminal is not null);
            var session = new SudoSession(socket!, signals, terminal);
            session.Send(request.Write(), terminal?.Descriptors ?? [0, 1, 2]);
            return session.Run();
        }
    }

    private static string? ReadVersion() =>
        typeof(SudoProgram).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private static string GetDirectory()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SudoRefusedException("the working directory does not exist any more");
        }
    }

    // The runtime has put a replacement character in the place of each byte that is not UTF-8.
    private static void CheckTexts(string[] words)
    {
        if (!words.Any(word => word.Contains('\uFFFD'))) return;
        if (!System.Text.Unicode.Utf8.IsValid(File.ReadAllBytes("/proc/self/cmdline")))
            throw new SudoRefusedException("an argument is not UTF-8, which is not supported");
    }

    private static List<string> ReadVariables()
    {
        var variables = new List<string>();
        var bytes = File.ReadAllBytes("/proc/self/environ").AsSpan();
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)0);
            var variable = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? [] : bytes[(end + 1)..];
            // What is not UTF-8 is left out.
            if (!System.Text.Unicode.Utf8.IsValid(variable)) continue;
            var text = Encoding.UTF8.GetString(variable);
            if (text != OwnVariable) variables.Add(text);
        }

        return variables;
    }

    private static int Print(string text)
    {
        StandardOutput.Write(StandardOutput.Output, text);
        return ExitCodes.Success;
    }
}
