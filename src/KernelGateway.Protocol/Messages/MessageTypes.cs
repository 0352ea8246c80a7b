namespace KernelGateway.Protocol.Messages;

/// <summary>Lists the message types of protocol 5.0 to 5.5 by their wire names.</summary>
/// <remarks>Other types exist and are passed on untouched; these are the ones with typed contents.</remarks>
public static class MessageTypes
{
#pragma warning disable CS1591 // The names are those on the wire; the documentation is at the content types.
    public const string ExecuteRequest = "execute_request";
    public const string ExecuteReply = "execute_reply";
    public const string InspectRequest = "inspect_request";
    public const string InspectReply = "inspect_reply";
    public const string CompleteRequest = "complete_request";
    public const string CompleteReply = "complete_reply";
    public const string IsCompleteRequest = "is_complete_request";
    public const string IsCompleteReply = "is_complete_reply";
    public const string HistoryRequest = "history_request";
    public const string HistoryReply = "history_reply";
    public const string CommInfoRequest = "comm_info_request";
    public const string CommInfoReply = "comm_info_reply";
    public const string ConnectRequest = "connect_request";
    public const string ConnectReply = "connect_reply";
    public const string KernelInfoRequest = "kernel_info_request";
    public const string KernelInfoReply = "kernel_info_reply";
    public const string ShutdownRequest = "shutdown_request";
    public const string ShutdownReply = "shutdown_reply";
    public const string InterruptRequest = "interrupt_request";
    public const string InterruptReply = "interrupt_reply";
    public const string DebugRequest = "debug_request";
    public const string DebugReply = "debug_reply";
    public const string CreateSubshellRequest = "create_subshell_request";
    public const string CreateSubshellReply = "create_subshell_reply";
    public const string DeleteSubshellRequest = "delete_subshell_request";
    public const string DeleteSubshellReply = "delete_subshell_reply";
    public const string ListSubshellRequest = "list_subshell_request";
    public const string ListSubshellReply = "list_subshell_reply";
    public const string InputRequest = "input_request";
    public const string InputReply = "input_reply";
    public const string CommOpen = "comm_open";
    public const string CommMessage = "comm_msg";
    public const string CommClose = "comm_close";
    public const string Status = "status";
    public const string Stream = "stream";
    public const string DisplayData = "display_data";
    public const string UpdateDisplayData = "update_display_data";
    public const string ExecuteInput = "execute_input";
    public const string ExecuteResult = "execute_result";
    public const string Error = "error";
    public const string ClearOutput = "clear_output";
    public const string DebugEvent = "debug_event";
    public const string IOPubWelcome = "iopub_welcome";
#pragma warning restore CS1591

    // By length of the name: at most a handful of candidates to compare, and no string is made for a type that is known.
    private static readonly (byte[] Utf8, string Text)[][] ByLength = Index(
        ExecuteRequest, ExecuteReply, InspectRequest, InspectReply, CompleteRequest, CompleteReply, IsCompleteRequest,
        IsCompleteReply, HistoryRequest, HistoryReply, CommInfoRequest, CommInfoReply, ConnectRequest, ConnectReply,
        KernelInfoRequest, KernelInfoReply, ShutdownRequest, ShutdownReply, InterruptRequest, InterruptReply, DebugRequest,
        DebugReply, CreateSubshellRequest, CreateSubshellReply, DeleteSubshellRequest, DeleteSubshellReply, ListSubshellRequest,
        ListSubshellReply, InputRequest, InputReply, CommOpen, CommMessage, CommClose, Status, Stream, DisplayData,
        UpdateDisplayData, ExecuteInput, ExecuteResult, Error, ClearOutput, DebugEvent, IOPubWelcome);

    /// <summary>Gives the one string of a known type, and a new one for any other.</summary>
    internal static string Intern(ReadOnlySpan<byte> rawText)
    {
        if (rawText.Length < ByLength.Length)
        {
            foreach (var (utf8, text) in ByLength[rawText.Length])
            {
                if (rawText.SequenceEqual(utf8)) return text;
            }
        }
        return Json.JsonText.Decode(rawText);
    }

    private static (byte[] Utf8, string Text)[][] Index(params string[] names) =>
        [.. Enumerable.Range(0, names.Max(name => name.Length) + 1).Select(length => names
            .Where(name => name.Length == length)
            .Select(name => (System.Text.Encoding.UTF8.GetBytes(name), name)).ToArray())];
}
