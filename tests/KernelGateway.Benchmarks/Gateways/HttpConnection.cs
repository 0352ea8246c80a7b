using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.Benchmarks.Gateways;

/// <summary>One keep-alive connection with a minimal HTTP/1.1 client.</summary>
/// <remarks>
/// Uses blocking calls on a socket, so that no task, no event loop and no allocation is part of the measured time. An HTTP client
/// library would add tenths of milliseconds to a cell and copies of a large body.
/// </remarks>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly BodyScan _body = new();
    private int _start;
    private int _end;

    /// <summary>Connects over TCP.</summary>
    public HttpConnection(IPEndPoint endPoint)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(endPoint);
    }

    /// <summary>Connects to a Unix socket.</summary>
    public HttpConnection(string path)
    {
        _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>Sends a request and returns the status and the body.</summary>
    public (int Status, string Body) Ask(ReadOnlySpan<byte> request)
    {
        using var copy = new MemoryStream();
        _body.Copy = copy;
        try
        {
            var status = Exchange(request, marker: default, out _);
            return (status, Encoding.UTF8.GetString(copy.GetBuffer(), 0, (int)copy.Length));
        }
        finally
        {
            _body.Copy = null;
        }
    }

    /// <summary>Sends a request and returns the seconds until the response contained the marker, and the length of the body.</summary>
    public (double Seconds, long Bytes) Measure(ReadOnlySpan<byte> request, ReadOnlySpan<byte> marker)
    {
        var start = Stopwatch.GetTimestamp();
        var status = Exchange(request, marker, out var marked);
        if (status != 200) throw new BenchmarkException($"The gateway answered {status}: {Encoding.UTF8.GetString(_body.Tail)}");
        if (marked == 0)
        {
            throw new BenchmarkException(
                $"No {Encoding.UTF8.GetString(marker)} came from the gateway; the end of its answer is: {Encoding.UTF8.GetString(_body.Tail)}");
        }

        return (Stopwatch.GetElapsedTime(start, marked).TotalSeconds, _body.Bytes);
    }

    /// <summary>Sends a request whose body is a file, and returns the seconds until the whole response was there.</summary>
    /// <param name="head">The head of the request, and what its body has before the file.</param>
    /// <param name="path">The file, which the system sends from its cache: the client has little work.</param>
    /// <param name="end">What the body has after the file.</param>
    public double MeasureUpload(ReadOnlySpan<byte> head, string path, ReadOnlySpan<byte> end = default)
    {
        var start = Stopwatch.GetTimestamp();
        _body.Reset();
        _socket.SendFile(path, head, end, TransmitFileOptions.UseDefaultWorkerThread);
        var status = ReadResponse(marker: default, out _);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (status is 200 or 201 or 204) return seconds;
        throw new BenchmarkException($"The server answered {status}: {Encoding.UTF8.GetString(_body.Tail)}");
    }

    /// <summary>Sends a request and returns the SHA-256 of the body of its response.</summary>
    public byte[] AskForHash(ReadOnlySpan<byte> request)
    {
        using var hash = SHA256.Create();
        using (var copy = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            _body.Copy = copy;
            var status = Exchange(request, marker: default, out _);
            _body.Copy = null;
            if (status != 200) throw new BenchmarkException($"The server answered {status}: {Encoding.UTF8.GetString(_body.Tail)}");
        }

        return hash.Hash!;
    }

    public void Dispose() => _socket.Dispose();

    private int Exchange(ReadOnlySpan<byte> request, ReadOnlySpan<byte> marker, out long marked)
    {
        _body.Reset();
        for (var sent = 0; sent < request.Length;) sent += _socket.Send(request[sent..]);
        return ReadResponse(marker, out marked);
    }

    private int ReadResponse(ReadOnlySpan<byte> marker, out long marked)
    {
        marked = 0;
        var status = ReadHead(out var isChunked, out var length);
        var chunks = default(ChunkedDecoder);
        while (true)
        {
            var received = _buffer.AsSpan(_start, _end - _start);
            if (isChunked)
            {
                _start += chunks.Read(received, _body);
            }
            else
            {
                received = received[..(int)Math.Min(received.Length, length - _body.Bytes)];
                _body.Take(received, 0);
                _start += received.Length;
            }

            if (marked == 0 && !marker.IsEmpty && _body.Tail.IndexOf(marker) >= 0) marked = Stopwatch.GetTimestamp();
            if (isChunked ? chunks.IsDone : _body.Bytes == length) return status;
            Receive();
        }
    }

    private int ReadHead(out bool isChunked, out long length)
    {
        int end;
        while ((end = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8)) < 0) Receive();

        var head = _buffer.AsSpan(_start, end + 2);
        _start += end + 4;
        isChunked = head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0;
        var field = head.IndexOf("\r\nContent-Length: "u8);
        if (field < 0 || !Utf8Parser.TryParse(head[(field + "\r\nContent-Length: ".Length)..], out length, out _)) length = 0;
        return Utf8Parser.TryParse(head["HTTP/1.1 ".Length..], out int status, out _) ? status : 0;
    }

    private void Receive()
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _buffer.Length) throw new BenchmarkException("The head of the gateway's answer is too long.");
        var received = _socket.Receive(_buffer.AsSpan(_end));
        if (received == 0) throw new BenchmarkException("The gateway closed the connection.");
        _end += received;
    }
}
