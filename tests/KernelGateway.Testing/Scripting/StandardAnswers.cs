using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Comms;
using KernelGateway.Protocol.Messages.Control;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Protocol.Mime;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Testing.Scripting;

/// <summary>Answers every request as the specification requires.</summary>
internal static class StandardAnswers
{
    public static void Install(ScriptedKernel kernel, ScriptedKernelOptions options)
    {
        kernel.On(MessageTypes.KernelInfoRequest, request => AnswerAsync(request, KernelInfo(options)));
        kernel.On(MessageTypes.ExecuteRequest, kernel.Language.ExecuteAsync);
        kernel.On(MessageTypes.CompleteRequest, request =>
            AnswerAsync(request, Complete(request.ReadContent<CompleteRequest>())));
        kernel.On(MessageTypes.InspectRequest, request =>
            AnswerAsync(request, Inspect(request.ReadContent<InspectRequest>())));
        kernel.On(MessageTypes.IsCompleteRequest, request =>
            AnswerAsync(request, IsComplete(request.ReadContent<IsCompleteRequest>())));
        kernel.On(MessageTypes.HistoryRequest, request =>
            AnswerAsync(request, new HistoryReply { History = kernel.Language.History }));
        kernel.On(MessageTypes.CommInfoRequest, request => AnswerAsync(request, new CommInfoReply()));
        kernel.On(MessageTypes.CommOpen, RefuseCommAsync);
        kernel.On(MessageTypes.InterruptRequest, async request =>
        {
            await request.BusyAsync();
            kernel.Interrupt();
            await request.ReplyAsync(new InterruptReply());
            await request.IdleAsync();
        });
        kernel.On(MessageTypes.ShutdownRequest, async request =>
        {
            await AnswerAsync(request, new ShutdownReply { IsRestart = request.ReadContent<ShutdownRequest>().IsRestart });
            _ = kernel.StopAsync();   // not awaited: StopAsync waits for this handler. DisposeAsync awaits it.
        });
    }

    /// <summary>Treats an unknown message type as most kernels do: busy, idle, no reply.</summary>
    public static async Task IgnoreAsync(KernelRequest request)
    {
        await request.BusyAsync();
        await request.IdleAsync();
    }

    private static async Task AnswerAsync<T>(KernelRequest request, T reply)
        where T : IMessageContent<T>
    {
        await request.BusyAsync();
        await request.ReplyAsync(reply);
        await request.IdleAsync();
    }

    private static async Task RefuseCommAsync(KernelRequest request)
    {
        await request.BusyAsync();
        await request.PublishAsync(new CommClose { CommId = request.ReadContent<CommOpen>().CommId });
        await request.IdleAsync();
    }

    private static KernelInfoReply KernelInfo(ScriptedKernelOptions options) => new()
    {
        ProtocolVersion = "5.4",
        Implementation = "scripted",
        ImplementationVersion = "1.0",
        LanguageInfo = new LanguageInfo
        {
            Name = options.Language, Version = "1.0", MediaType = "text/plain", FileExtension = ".echo",
        },
        Banner = "A kernel that does what the test says",
    };

    private static CompleteReply Complete(CompleteRequest request)
    {
        var cursor = CodePoints.ToUtf16Index(request.Code, request.CursorPosition);
        var start = request.Code.LastIndexOfAny([' ', '\n'], Math.Max(cursor - 1, 0)) + 1;
        var word = request.Code[Math.Min(start, cursor)..cursor];
        return new CompleteReply
        {
            Matches = [.. EchoLanguage.Commands.Where(command => command.StartsWith(word, StringComparison.Ordinal))],
            CursorStart = CodePoints.FromUtf16Index(request.Code, start),
            CursorEnd = request.CursorPosition,
        };
    }

    private static InspectReply Inspect(InspectRequest request)
    {
        var word = request.Code.Split(' ', '\n')[0];
        if (!EchoLanguage.Commands.Contains(word)) return new InspectReply();
        var description = new JObject { [MediaTypes.Text] = $"{word}: a command of the echo language" };
        return new InspectReply { IsFound = true, Data = new MimeBundle(description) };
    }

    private static IsCompleteReply IsComplete(IsCompleteRequest request) => request.Code.EndsWith('\\')
        ? new IsCompleteReply { Status = CompletenessStatus.Incomplete, Indent = "  " }
        : new IsCompleteReply { Status = CompletenessStatus.Complete };
}
