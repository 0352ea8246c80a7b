using System.Text;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Scripting;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Tests.Support;

/// <summary>Adds a history with all access types to a scripted kernel.</summary>
internal static class EchoHistory
{
    public static void Install(ScriptedKernel kernel)
    {
        var lines = new List<(int Line, string Code)>();
        kernel.On(MessageTypes.ExecuteRequest, async request =>
        {
            var content = request.Message.Content;
            var isStored = content["silent"]?.Value<bool>() != true && content["store_history"]?.Value<bool>() != false;
            await kernel.Language.ExecuteAsync(request);
            if (isStored) lines.Add((kernel.Language.ExecutionCount, (string)content["code"]!));
        });
        kernel.On(MessageTypes.HistoryRequest, async request =>
        {
            await request.BusyAsync();
            var withOutput = request.Message.Content["output"]?.Value<bool>() == true;
            var entries = Select(lines, request.Message.Content).Select(line => new JArray(
                0, line.Line, withOutput ? new JArray(line.Code, JValue.CreateNull()) : line.Code));
            var content = new JObject { ["status"] = "ok", ["history"] = new JArray(entries) };
            await request.ReplyRawAsync(MessageTypes.HistoryReply, Encoding.UTF8.GetBytes(content.ToString()));
            await request.IdleAsync();
        });
    }

    private static IEnumerable<(int Line, string Code)> Select(List<(int Line, string Code)> lines, JObject wish) =>
        (string?)wish["hist_access_type"] switch
        {
            "tail" => lines.TakeLast((int)wish["n"]!),
            "range" => lines.Where(line => line.Line >= (int)wish["start"]! && line.Line < (int)wish["stop"]!),
            _ => lines.Where(line =>
                line.Code.Contains(((string)wish["pattern"]!).Trim('*'), StringComparison.Ordinal)).TakeLast((int)wish["n"]!),
        };
}
