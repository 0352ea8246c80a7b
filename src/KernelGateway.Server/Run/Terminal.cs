using System.Text;
using System.Text.RegularExpressions;
using KernelGateway.Executions;
using KernelGateway.Protocol.Mime;

namespace KernelGateway.Server.Run;

/// <summary>Writes the output of an execution to the terminal, and reads its input lines.</summary>
internal sealed partial class Terminal(TextWriter output, TextWriter error, ImageFiles images)
{
    private readonly bool _colours = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";

    /// <summary>Writes the output of an event, if it has any.</summary>
    public void WriteEvent(ExecutionEvent executionEvent)
    {
        switch (executionEvent)
        {
            case StreamEvent stream:
                Write(stream.IsStderr ? error : output, stream.Text);
                break;
            case ResultEvent result:
                WriteResult(result.Data);
                break;
            case ResultUpdateEvent update:
                WriteResult(update.Data);
                break;
            case ErrorEvent raised:
                WriteError(raised.Error);
                break;
        }
    }

    public void WriteNotice(string text) => Write(error, $"kernel-gateway: {text}\n");

    /// <summary>Reads a line; null at the end of the input.</summary>
    public string? ReadLine(string prompt, bool isPassword)
    {
        Write(output, prompt);
        return isPassword && !Console.IsInputRedirected ? ReadHidden() : Console.In.ReadLine();
    }

    // An image is shown as the path of the file it is saved in, anything else as text.
    private void WriteResult(MimeBundle data)
    {
        if (images.Save(data) is { } path) Write(output, path + "\n");
        else if ((data.Text ?? data.Markdown ?? data.Json?.ToString()) is { } text) Write(output, text + "\n");
        else if (data.MediaTypes.Count > 0) Write(output, $"[{string.Join(", ", data.MediaTypes)}]\n");
    }

    private void WriteError(ExecutionError raised)
    {
        var text = raised.Traceback.Count > 0 ? string.Join('\n', raised.Traceback) : $"{raised.Name}: {raised.Value}";
        Write(error, (_colours ? text : EscapeSequences().Replace(text, "")) + "\n");
    }

    private string ReadHidden()
    {
        var line = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar)) line.Append(key.KeyChar);
        }

        Write(output, "\n");
        return line.ToString();
    }

    private static void Write(TextWriter writer, string text)
    {
        writer.Write(text);
        writer.Flush();
    }

    [GeneratedRegex("\e\\[[0-9;]*[A-Za-z]")]
    private static partial Regex EscapeSequences();
}
