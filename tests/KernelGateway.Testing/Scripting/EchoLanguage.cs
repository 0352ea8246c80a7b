using System.Globalization;
using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Scripting;

/// <summary>The language of a well-behaved scripted kernel, with one command per line.</summary>
/// <remarks>
/// <code>
/// print TEXT          writes TEXT and a line break to stdout
/// warn TEXT           writes TEXT and a line break to stderr
/// return TEXT         TEXT is the result
/// raise NAME TEXT     fails
/// wait GATE           waits until the test calls Release(GATE); an interrupt makes it fail with KeyboardInterrupt
/// input TEXT          requests input with the prompt TEXT, and prints the answer
/// password TEXT       requests a password with the prompt TEXT, and prints the answer
/// display ID TEXT     displays TEXT; the ID - stands for no id
/// update ID TEXT      replaces the display with ID
/// clear [wait]        clears the output
/// flood N             prints the numbers from 1 to N, with one message per number
/// die                 ends the kernel without sending anything more
/// anything else       is its own result
/// </code>
/// </remarks>
public sealed class EchoLanguage
{
    private readonly ScriptedKernel _kernel;
    private readonly List<HistoryEntry> _history = [];

    internal EchoLanguage(ScriptedKernel kernel) => _kernel = kernel;

    /// <summary>Gets the words with which a command begins.</summary>
    public static IReadOnlyList<string> Commands { get; } =
        ["print", "warn", "return", "raise", "wait", "input", "password", "display", "update", "clear", "flood", "die"];

    /// <summary>Gets the execution count of the last execution that was counted.</summary>
    public int ExecutionCount { get; private set; }

    internal IReadOnlyList<HistoryEntry> History
    {
        get
        {
            lock (_history) return [.. _history];
        }
    }

    /// <summary>Runs an execute request from busy to idle.</summary>
    /// <param name="request">The request.</param>
    public async Task ExecuteAsync(KernelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var content = request.ReadContent<ExecuteRequest>();
        await request.BusyAsync();
        var count = Count(content);
        if (!content.IsSilent) await request.ExecuteInputAsync(count);
        try
        {
            foreach (var line in content.Code.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                await RunAsync(request, content, line, count);
            await request.ReplyOkAsync(count);
        }
        catch (EchoException exception)
        {
            await FailAsync(request, content, count, exception.Name, exception.Message);
        }
        catch (OperationCanceledException) when (request.Interrupted.IsCancellationRequested)
        {
            await FailAsync(request, content, count, "KeyboardInterrupt", "");
        }
        await request.IdleAsync();
    }

    private int Count(ExecuteRequest content)
    {
        if (content.IsSilent || !content.StoreHistory) return ExecutionCount;
        ExecutionCount++;
        lock (_history) _history.Add(new HistoryEntry(0, ExecutionCount, content.Code));
        return ExecutionCount;
    }

    private async Task RunAsync(KernelRequest request, ExecuteRequest content, string line, int count)
    {
        request.Interrupted.ThrowIfCancellationRequested();
        var (command, rest) = Split(line);
        switch (command)
        {
            case "print": await request.StreamAsync("stdout", rest + "\n"); break;
            case "warn": await request.StreamAsync("stderr", rest + "\n"); break;
            case "return": await ReturnAsync(request, content, rest, count); break;
            case "raise": throw new EchoException(Split(rest).First, Split(rest).Tail);
            case "wait": await _kernel.Gate(rest).Task.WaitAsync(request.Interrupted); break;
            case "input" or "password": await AskAsync(request, content, rest, isPassword: command == "password"); break;
            case "display":
                await request.DisplayAsync(Text(Split(rest).Tail), Split(rest).First is "-" ? null : Split(rest).First);
                break;
            case "update": await request.UpdateDisplayAsync(Split(rest).First, Text(Split(rest).Tail)); break;
            case "clear": await request.ClearOutputAsync(rest == "wait"); break;
            case "flood": await FloodAsync(request, int.Parse(rest, CultureInfo.InvariantCulture)); break;
            case "die":
                _ = _kernel.StopAsync();
                // Nothing more is sent. The stop of the kernel interrupts this code.
                await Task.Delay(Timeout.InfiniteTimeSpan, request.Interrupted);
                break;
            default: await ReturnAsync(request, content, line, count); break;
        }
    }

    private static Task ReturnAsync(KernelRequest request, ExecuteRequest content, string text, int count) =>
        content.IsSilent ? Task.CompletedTask : request.ResultAsync(Text(text), count);

    private static async Task AskAsync(KernelRequest request, ExecuteRequest content, string prompt, bool isPassword)
    {
        if (!content.AllowStdin) throw new EchoException("StdinNotImplementedError", "this front end takes no questions");
        await request.StreamAsync("stdout", await request.AskAsync(prompt, isPassword) + "\n");
    }

    private static async Task FloodAsync(KernelRequest request, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            request.Interrupted.ThrowIfCancellationRequested();
            await request.StreamAsync("stdout", i.ToString(CultureInfo.InvariantCulture) + "\n");
        }
    }

    private async Task FailAsync(KernelRequest request, ExecuteRequest content, int count, string name, string value)
    {
        await request.ErrorAsync(name, value);
        await request.ReplyErrorAsync(count, name, value);
        if (!content.StopOnError || !_kernel.AbortsQueueOnError) return;
        foreach (var waiting in _kernel.TakeWaiting(MessageTypes.ExecuteRequest))
        {
            await waiting.BusyAsync();
            await waiting.ReplyAsync(new ExecuteReply { Status = ReplyStatus.Aborted });
            await waiting.IdleAsync();
        }
    }

    private static JObject Text(string text) => new() { [MediaTypes.Text] = text };

    private static (string First, string Tail) Split(string text)
    {
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? (text, "") : (text[..blank], text[(blank + 1)..]);
    }

    private sealed class EchoException(string name, string message) : Exception(message)
    {
        public string Name => name;
    }
}
