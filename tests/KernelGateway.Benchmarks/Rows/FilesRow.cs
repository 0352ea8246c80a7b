using System.Security.Cryptography;
using KernelGateway.Benchmarks.Gateways;
using KernelGateway.Benchmarks.Measuring;

namespace KernelGateway.Benchmarks.Rows;

/// <summary>Downloads and uploads of one large file, beside nginx.</summary>
internal static class FilesRow
{
    private const long FileBytes = 1L << 30;
    private const double ShareOfNginx = 0.8;

    // The last bytes of the file: a download is complete when they are there.
    private static ReadOnlySpan<byte> Marker => "the end of the file"u8;

    public static async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(session.Workplace.Directory, "files"));
        try
        {
            await using var nginx = await NginxServer.StartAsync(session.Workplace, folder.FullName, cancellationToken);
            await using var server = GatewayServer.Start(session.Workplace, "--warm", "none");
            await server.WaitUntilHealthyAsync(cancellationToken);
            return await new Transfers(server, nginx, folder.FullName).MeasureAsync(session, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Transfers(GatewayServer server, NginxServer nginx, string folder)
    {
        private readonly string _source = Path.Combine(folder, "source");
        private readonly string _target = Path.Combine(folder, "target");
        private readonly ServiceRequests _requests = new(server);

        public async Task<IReadOnlyList<Row>> MeasureAsync(Session session, CancellationToken cancellationToken)
        {
            var hash = WriteSource();
            using var ours = new HttpConnection(server.EndPoint);
            using var plain = new HttpConnection(nginx.EndPoint);
            using var sendfile = new HttpConnection(nginx.SendfileEndPoint);
            var form = _requests.UploadForm(_target, FileBytes);
            var (ourHead, nginxHead) = (_requests.UploadHead(_target, FileBytes), nginx.UploadHead("target", FileBytes));

            // These are the warm-up, too.
            await RunAsync(() => Check(ours, form.Head, form.End, hash));
            await RunAsync(() => Check(ours, ourHead, [], hash));
            await RunAsync(() => Check(plain, nginxHead, [], hash));
            var memory = MemoryProfile.Begin(server);
            var repetition = session.Choose(new Repetition(0, 3, 1), new Repetition(0, 9, 1));
            var download = await repetition.RunAsync(
                "download of 1 GiB",
                Quantity.Rate,
                [
                    Download("kernel-gateway", ours, _requests.Download(_source)),
                    Download("nginx, sendfile off", plain, nginx.Download("source")),
                    Download("nginx, sendfile on", sendfile, nginx.Download("source")),
                ],
                [Target.AtLeast(ShareOfNginx, reference: 1)],
                cancellationToken);
            var upload = await repetition.RunAsync(
                "upload of 1 GiB",
                Quantity.Rate,
                [
                    Upload("kernel-gateway", ours, ourHead, []),
                    Upload("nginx, PUT", plain, nginxHead, []),
                    Upload("kernel-gateway, as a form", ours, form.Head, form.End),
                ],
                [Target.AtLeast(ShareOfNginx, reference: 1)],
                cancellationToken);
            return [download, upload, memory.Complete("resident memory of the server during both")];

            Task RunAsync(Action check) => Task.Factory
                .StartNew(check, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                .WaitAsync(Repetition.TurnLimit, cancellationToken);
        }

        private static Contender Download(string name, HttpConnection connection, byte[] request) =>
            BlockingContender.Create(name, () => connection.Measure(request, Marker).Seconds, connection).AsRate(FileBytes);

        private Contender Upload(string name, HttpConnection connection, byte[] head, byte[] end) =>
            BlockingContender.Create(name, () => UploadOnce(connection, head, end), connection).AsRate(FileBytes);

        private double UploadOnce(HttpConnection connection, byte[] head, byte[] end)
        {
            var seconds = connection.MeasureUpload(head, _source, end);
            if (new FileInfo(_target).Length != FileBytes) throw new BenchmarkException("The uploaded file does not have its length.");

            // Each upload creates the file, and what is left to be written to the disk does not disturb the next.
            File.Delete(_target);
            return seconds;
        }

        private void Check(HttpConnection connection, byte[] head, byte[] end, byte[] hash)
        {
            connection.MeasureUpload(head, _source, end);
            using (var content = File.OpenRead(_target))
            {
                if (!SHA256.HashData(content).SequenceEqual(hash))
                    throw new BenchmarkException("The uploaded file does not have the content of its source.");
            }

            File.Delete(_target);
            using var ours = new HttpConnection(server.EndPoint);
            if (!ours.AskForHash(_requests.Download(_source)).SequenceEqual(hash))
                throw new BenchmarkException("The downloaded file does not have the content of its source.");
        }

        private byte[] WriteSource()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            using var file = File.Create(_source);
            var block = new byte[1 << 20];
            for (long written = 0; written < FileBytes; written += block.Length)
            {
                RandomNumberGenerator.Fill(block);
                if (written + block.Length == FileBytes) Marker.CopyTo(block.AsSpan(block.Length - Marker.Length));
                file.Write(block);
                hash.AppendData(block);
            }

            return hash.GetHashAndReset();
        }
    }
}
